import type { firsteight } from '../generated/messages.js'

/**
 * What a model says of a loss beyond "above the threshold". Takes checked models (core/model-file.ts).
 */

/** When alerts escalate. */
export interface Gate {
  /** True when the measured precision has reached what automatic escalation needs. */
  readonly open: boolean
  /** Lowest confidence that escalates, 0 to 1. */
  readonly confidence: number
}

/** Of a model that has not been measured: nothing escalates. */
const CLOSED: Gate = { open: false, confidence: 1 }

/**
 * Conformal p-value, (1 + clean calibration points with at least this loss) / (points + 1). For clean traffic like the
 * calibration's, P(p-value <= a) <= a (Vovk, Gammerman, Shafer 2005, proposition 2.8). Points are patterns, or streams
 * where the calibration is of one site (Calibration in proto/model.proto).
 * @returns more than 0 and at most 1; undefined when the context is uncalibrated
 */
export function pValueOf(context: firsteight.v1.ContextModel.$Properties, loss: number): number | undefined {
  const { calibration } = context
  if (calibration == null) return undefined
  const losses = calibration.losses!
  const counts = calibration.byStream ? calibration.streams! : calibration.patterns!
  const first = firstAtLeast(losses, loss)
  let below = 0
  for (let index = 0; index < first; index++) below += counts[index]!
  let atLeast = 0
  for (let index = first; index < counts.length; index++) atLeast += counts[index]!
  return (1 + atLeast) / (below + atLeast + 1)
}

/**
 * Calibrated probability that a stream with this loss is not DNS (Confidence in proto/model.proto).
 * @returns 0 to 1; undefined when the context states no confidence
 */
export function confidenceOf(
  context: firsteight.v1.ContextModel.$Properties,
  loss: number,
): number | undefined {
  const { confidence } = context
  if (confidence == null) return undefined
  const losses = confidence.losses!
  const probabilities = confidence.probabilities!
  const next = firstAtLeast(losses, loss)
  if (next === losses.length) return probabilities[next - 1]
  if (next === 0 || losses[next] === loss) return probabilities[next]
  const [from, to] = [losses[next - 1]!, losses[next]!]
  const [low, high] = [probabilities[next - 1]!, probabilities[next]!]
  // Rounding must not lift the result above its knots.
  return Math.min(high, low + ((high - low) * (loss - from)) / (to - from))
}

/** The model's escalation gate; closed when it has none. */
export function gateOf(model: firsteight.v1.Model.$Properties): Gate {
  return model.gate == null ? CLOSED : { open: model.gate.open!, confidence: model.gate.confidence! }
}

/** Index of the first of ascending numbers that is at least `wanted`; their count when none is. */
function firstAtLeast(ascending: readonly number[], wanted: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! < wanted) low = middle + 1
    else high = middle
  }
  return low
}
