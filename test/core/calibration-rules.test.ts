import t from 'tap'
import { CALIBRATION_LIMIT, KNOT_LIMIT, RELIABILITY_LIMIT } from '../../core/calibration-rules.js'
import { decodeModelFile, encodeModelFile } from '../../core/model-file.js'
import type { firsteight } from '../../generated/messages.js'
import { randomModel } from '../support/random-model.js'

type Context = firsteight.v1.ContextModel.$Properties
type Calibration = firsteight.v1.Calibration.$Properties
type Confidence = firsteight.v1.Confidence.$Properties
type Gate = firsteight.v1.EscalationGate.$Properties

const calibratedModel = () =>
  randomModel({ seed: 3, contexts: ['udp-query', 'tcp-query'], hidden: 8, calibrated: true })

function expectInvalid(
  field: RegExp,
  change: (calibration: Calibration, confidence: Confidence, gate: Gate) => void,
): void {
  t.test(`refuses ${field.source}: ${change.toString().split('=>')[1]!.trim()}`, async (t) => {
    const model = calibratedModel()
    const context = model.contexts![1] as Context
    change(context.calibration!, context.confidence!, model.gate!)
    t.throws(() => encodeModelFile(model), { code: 'MODEL_INVALID', message: field })
  })
}

t.test('a calibrated model survives encoding and decoding', async (t) => {
  const file = encodeModelFile(calibratedModel())
  const again = decodeModelFile(file.bytes, 'again')
  t.same(again.bytes, file.bytes)
  const { calibration, confidence } = again.byContext.get('tcp-query')!
  t.same(calibration!.losses, [0.125, 0.25, 0.5])
  t.same(calibration!.patterns, [90, 8, 1])
  t.equal(calibration!.tail!.shape, -0.25)
  t.same(confidence!.probabilities, [0.01, 0.25, 0.99])
  t.equal(again.model.gate!.open, true)
})

t.test('each part may be absent', async () => {
  const model = calibratedModel()
  delete model.gate
  delete model.contexts![0]!.confidence
  delete model.contexts![1]!.calibration
  delete model.contexts![0]!.calibration!.tail
  encodeModelFile(model)
})

const ascending = (length: number) => Array.from({ length }, (_, index) => index / length)

t.test('the longest lists are accepted', async () => {
  const model = calibratedModel()
  const [context] = model.contexts!
  const ones = new Array<number>(CALIBRATION_LIMIT).fill(1)
  context!.calibration = { losses: ascending(CALIBRATION_LIMIT), patterns: ones, streams: ones }
  context!.confidence = { losses: ascending(KNOT_LIMIT), probabilities: ascending(KNOT_LIMIT) }
  encodeModelFile(model)
})

expectInvalid(/contexts\[1\]\.calibration\.losses: expected 1 to 8192/, (it) => (it.losses = []))
expectInvalid(
  /calibration\.losses: expected 1 to 8192/,
  (it) => (it.losses = ascending(CALIBRATION_LIMIT + 1)),
)
expectInvalid(/calibration\.losses\[1\]: expected more than/, (it) => (it.losses = [0.25, 0.25, 0.5]))
expectInvalid(/calibration\.losses\[2\]: expected more than/, (it) => (it.losses = [0.1, 0.3, 0.2]))
expectInvalid(/calibration\.losses\[0\]: expected from 0/, (it) => (it.losses = [Number.NaN, 0.25, 0.5]))
expectInvalid(/calibration\.losses\[2\]: expected from 0/, (it) => (it.losses = [0.125, 0.25, 64]))
expectInvalid(/calibration\.patterns: expected 3 numbers/, (it) => (it.patterns = [1, 2]))
expectInvalid(/calibration\.patterns\[1\]: expected at least 1/, (it) => (it.patterns = [90, 0, 1]))
expectInvalid(/calibration\.patterns, summed/, (it) => (it.patterns = [2 ** 53 - 1, 1, 1]))
expectInvalid(/calibration\.streams: expected 3 numbers/, (it) => (it.streams = []))
expectInvalid(/calibration\.streams\[0\]: expected at least 1/, (it) => (it.streams = [0, 1, 1]))
expectInvalid(/calibration\.streams\[0\]: expected a whole number/, (it) => (it.streams = [2 ** 53, 1, 1]))
for (const budget of [-1, 1e6 + 1, Number.NaN]) {
  expectInvalid(/calibration\.false_alarms_per_million: /, (it) => (it.falseAlarmsPerMillion = budget))
}
expectInvalid(/calibration\.tail\.start: /, (it) => (it.tail!.start = -1))
for (const scale of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
  expectInvalid(/calibration\.tail\.scale: /, (it) => (it.tail!.scale = scale))
}
for (const shape of [5.1, Number.NaN])
  expectInvalid(/calibration\.tail\.shape: /, (it) => (it.tail!.shape = shape))

expectInvalid(/confidence\.losses: expected 1 to 1024/, (_, it) => (it.losses = []))
expectInvalid(/confidence\.losses: expected 1 to 1024/, (_, it) => (it.losses = ascending(KNOT_LIMIT + 1)))
expectInvalid(/confidence\.losses\[2\]: expected more than/, (_, it) => (it.losses = [0, 1, 1]))
expectInvalid(/confidence\.probabilities: expected 3 numbers/, (_, it) => it.probabilities!.pop())
expectInvalid(
  /confidence\.probabilities\[1\]: expected no less/,
  (_, it) => (it.probabilities = [0.5, 0.4, 0.9]),
)
for (const wrong of [-0.1, 1.1, Number.NaN]) {
  expectInvalid(
    /confidence\.probabilities\[2\]: expected from 0 to 1/,
    (_, it) => (it.probabilities![2] = wrong),
  )
  expectInvalid(/confidence\.brier_score: expected from 0 to 1/, (_, it) => (it.brierScore = wrong))
  expectInvalid(
    /reliability\[1\]\.stated: expected from 0 to 1/,
    (_, it) => (it.reliability![1]!.stated = wrong),
  )
  expectInvalid(/reliability\[1\]\.observed: expected/, (_, it) => (it.reliability![1]!.observed = wrong))
  expectInvalid(/reliability\[1\]\.weight: expected/, (_, it) => (it.reliability![1]!.weight = wrong))
  expectInvalid(/: gate\.confidence: expected from 0 to 1/, (_, __, it) => (it.confidence = wrong))
  expectInvalid(
    /: gate\.required_precision: expected from 0 to 1/,
    (_, __, it) => (it.requiredPrecision = wrong),
  )
  expectInvalid(/: gate\.precision: /, (_, __, it) => (it.precision = wrong))
  expectInvalid(/: gate\.precision_lower_bound: /, (_, __, it) => (it.precisionLowerBound = wrong))
}
expectInvalid(/confidence\.clean_patterns: /, (_, it) => (it.cleanPatterns = 2 ** 53))
expectInvalid(/confidence\.attack_patterns: /, (_, it) => (it.attackPatterns = 2 ** 53))
expectInvalid(/reliability: expected at most 20/, (_, it) => {
  it.reliability = ascending(RELIABILITY_LIMIT + 1).map((stated) => ({ stated }))
})
expectInvalid(/reliability\[1\]\.stated: expected no less/, (_, it) => it.reliability!.reverse())
expectInvalid(/: gate\.correct_alerts: expected at most/, (_, __, it) => (it.correctAlerts = 1001))
expectInvalid(/: gate\.precision: expected gate.correct_alerts/, (_, __, it) => (it.correctAlerts = 999))
expectInvalid(/: gate\.open: /, (_, __, it) => (it.requiredPrecision = 0.997))
expectInvalid(/: gate\.open: /, (_, __, it) => {
  Object.assign(it, {
    requiredPrecision: 0,
    precision: 0,
    precisionLowerBound: 0,
    alerts: 0,
    correctAlerts: 0,
  })
})

t.test('a gate may be closed by hand', async () => {
  const model = calibratedModel()
  model.gate!.open = false
  encodeModelFile(model)
})
