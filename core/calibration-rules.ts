import type { firsteight } from '../generated/messages.js'
import { type Complain, checkCount, checkLoss, isCount, isLoss } from './model-checks.js'

/** Most distinct losses in a calibration. */
export const CALIBRATION_LIMIT = 8192

/** Most knots of a confidence curve. */
export const KNOT_LIMIT = 1024

/** Most bins of a reliability diagram. */
export const RELIABILITY_LIMIT = 20

/** Largest magnitude of a tail's shape; fitted ones are well within. */
const SHAPE_LIMIT = 5

// Decoded messages are whole: protobufjs' prototypes supply the default of every absent field.
type Calibration = firsteight.v1.Calibration
type Confidence = firsteight.v1.Confidence
type EscalationGate = firsteight.v1.EscalationGate

/** Rules of `Calibration` in proto/model.proto. */
export function checkCalibration(
  message: firsteight.v1.Calibration.$Properties,
  path: string,
  complain: Complain,
): void {
  const { losses, patterns, streams, falseAlarmsPerMillion, tail } = message as Calibration
  checkAscending(losses, CALIBRATION_LIMIT, `${path}.losses`, complain)
  for (const [field, counts] of [
    ['patterns', patterns],
    ['streams', streams],
  ] as const) {
    if (counts.length !== losses.length) complain(`${path}.${field}`, `${losses.length} numbers, as losses`)
    let sum = 0
    counts.forEach((count, index) => {
      if (!isCount(count)) checkCount(count, `${path}.${field}[${index}]`, complain)
      if (count < 1) complain(`${path}.${field}[${index}]`, 'at least 1')
      sum += count
    })
    checkCount(sum, `${path}.${field}, summed`, complain)
  }
  if (!(falseAlarmsPerMillion >= 0 && falseAlarmsPerMillion <= 1e6)) {
    complain(`${path}.false_alarms_per_million`, 'from 0 to 1000000')
  }
  if (tail == null) return
  const { start, scale, shape, excesses } = tail as firsteight.v1.Tail
  checkLoss(start, `${path}.tail.start`, complain)
  if (!(scale > 0 && Number.isFinite(scale))) complain(`${path}.tail.scale`, 'more than 0')
  if (!(Math.abs(shape) <= SHAPE_LIMIT))
    complain(`${path}.tail.shape`, `from -${SHAPE_LIMIT} to ${SHAPE_LIMIT}`)
  checkCount(excesses, `${path}.tail.excesses`, complain)
}

/** Rules of `Confidence` in proto/model.proto. */
export function checkConfidence(
  message: firsteight.v1.Confidence.$Properties,
  path: string,
  complain: Complain,
): void {
  const { losses, probabilities, cleanPatterns, attackPatterns, brierScore, reliability } =
    message as Confidence
  checkAscending(losses, KNOT_LIMIT, `${path}.losses`, complain)
  if (probabilities.length !== losses.length) {
    complain(`${path}.probabilities`, `${losses.length} numbers, as losses`)
  }
  probabilities.forEach((probability, index) => {
    checkShare(probability, `${path}.probabilities[${index}]`, complain)
    if (index > 0 && probability < probabilities[index - 1]!) {
      complain(`${path}.probabilities[${index}]`, 'no less than the one before')
    }
  })
  checkCount(cleanPatterns, `${path}.clean_patterns`, complain)
  checkCount(attackPatterns, `${path}.attack_patterns`, complain)
  checkShare(brierScore, `${path}.brier_score`, complain)
  if (reliability.length > RELIABILITY_LIMIT) {
    complain(`${path}.reliability`, `at most ${RELIABILITY_LIMIT} bins`)
  }
  let before = 0
  reliability.forEach((bin, index) => {
    const { stated, observed, weight } = bin as firsteight.v1.ReliabilityBin
    const binPath = `${path}.reliability[${index}]`
    checkShare(stated, `${binPath}.stated`, complain)
    checkShare(observed, `${binPath}.observed`, complain)
    checkShare(weight, `${binPath}.weight`, complain)
    if (stated < before) complain(`${binPath}.stated`, 'no less than the one before')
    before = stated
  })
}

/** Rules of `EscalationGate` in proto/model.proto. */
export function checkGate(message: firsteight.v1.EscalationGate.$Properties, complain: Complain): void {
  const gate = message as EscalationGate
  checkShare(gate.confidence, 'gate.confidence', complain)
  checkShare(gate.requiredPrecision, 'gate.required_precision', complain)
  checkShare(gate.precision, 'gate.precision', complain)
  checkShare(gate.precisionLowerBound, 'gate.precision_lower_bound', complain)
  checkCount(gate.alerts, 'gate.alerts', complain)
  checkCount(gate.correctAlerts, 'gate.correct_alerts', complain)
  if (gate.correctAlerts > gate.alerts) complain('gate.correct_alerts', 'at most gate.alerts')
  const precision = gate.alerts === 0 ? 0 : gate.correctAlerts / gate.alerts
  if (gate.precision !== precision) complain('gate.precision', 'gate.correct_alerts / gate.alerts')
  if (gate.precisionLowerBound > gate.precision) {
    complain('gate.precision_lower_bound', 'at most gate.precision')
  }
  if (gate.open && (gate.alerts === 0 || gate.precisionLowerBound < gate.requiredPrecision)) {
    complain('gate.open', 'false while gate.precision_lower_bound is below gate.required_precision')
  }
}

/** At least one loss, each larger than the one before. */
function checkAscending(losses: readonly number[], limit: number, path: string, complain: Complain): void {
  if (losses.length === 0 || losses.length > limit) complain(path, `1 to ${limit} numbers`)
  // Paths are put together for what is wrong only: losses are thousands.
  losses.forEach((loss, index) => {
    if (!isLoss(loss)) checkLoss(loss, `${path}[${index}]`, complain)
    if (index > 0 && loss <= losses[index - 1]!) complain(`${path}[${index}]`, 'more than the one before')
  })
}

function checkShare(value: number, path: string, complain: Complain): void {
  if (!(value >= 0 && value <= 1)) complain(path, 'from 0 to 1')
}
