import t from 'tap'
import { encodeModelFile } from '../../core/model-file.js'
import { FIRST_SUM_LIMIT, GRID } from '../../core/model-rules.js'
import { firsteight } from '../../generated/messages.js'
import { randomModel } from '../support/random-model.js'

type Properties = firsteight.v1.Model.$Properties

function expectInvalid(name: string, field: RegExp, change: (model: Properties) => void): void {
  t.test(name, async (t) => {
    const model = randomModel({ seed: 7 })
    encodeModelFile(model)
    change(model)
    t.throws(() => encodeModelFile(model), { code: 'MODEL_INVALID', message: field })
  })
}

expectInvalid('name', /: name: /, (model) => {
  model.name = ''
})
expectInvalid('name that a terminal would obey', /: name: .*printable/, (model) => {
  model.name = 'a\u001b[2J'
})
expectInvalid('source name', /sources\[0\]\.name: .*512/, (model) => {
  model.provenance = { sources: [{ name: 'a'.repeat(513), sha256: '0'.repeat(64) }] }
})
expectInvalid('setting', /settings\[1\]\.value: .*printable/, (model) => {
  model.provenance = { settings: [{ name: 'a' }, { name: 'b', value: '\n' }] }
})
expectInvalid('threshold method', /contexts\[2\]\.threshold_method: /, (model) => {
  model.contexts![2]!.thresholdMethod = '\u202e'
})
expectInvalid('version', /: version: /, (model) => {
  model.version = 0
})
expectInvalid('no context', /: contexts: /, (model) => {
  model.contexts = []
})
expectInvalid('context twice', /contexts\[1\]\.context: .*ascending/, (model) => {
  model.contexts![1]!.context = 1
})
expectInvalid('unknown context', /contexts\[3\]\.context: .*known/, (model) => {
  model.contexts![3]!.context = 9 as firsteight.v1.Context
})
expectInvalid('mask length', /contexts\[0\]\.input_mask: .*8 bytes/, (model) => {
  model.contexts![0]!.inputMask = new Uint8Array(7)
})
expectInvalid('layer count', /contexts\[0\]\.layers: .*4 layers/, (model) => {
  model.contexts![0]!.layers!.pop()
})
expectInvalid('hidden width', /layers\[0\]\.outputs: .*8, 16, 24, 32/, (model) => {
  model.contexts![0]!.layers![0]!.outputs = 40
})
expectInvalid('bottleneck width', /layers\[1\]\.outputs: .*8, 16/, (model) => {
  model.contexts![0]!.layers![1]!.outputs = 32
})
expectInvalid('third layer width', /layers\[2\]\.outputs: expected 32/, (model) => {
  model.contexts![0]!.layers![2]!.outputs = 24
})
expectInvalid('inputs', /layers\[0\]\.inputs: expected 64/, (model) => {
  model.contexts![0]!.layers![0]!.inputs = 63
})
expectInvalid('hidden activation', /layers\[1\]\.activation: expected SQNL/, (model) => {
  model.contexts![0]!.layers![1]!.activation = firsteight.v1.Activation.LINEAR
})
expectInvalid('output activation', /layers\[3\]\.activation: expected LINEAR/, (model) => {
  model.contexts![0]!.layers![3]!.activation = firsteight.v1.Activation.SQNL
})
expectInvalid('weight count', /layers\[3\]\.weights: expected 2048 numbers/, (model) => {
  model.contexts![0]!.layers![3]!.weights!.pop()
})
expectInvalid('bias count', /layers\[2\]\.biases: expected 32 numbers/, (model) => {
  model.contexts![0]!.layers![2]!.biases!.push(0)
})
for (const [name, value] of [
  ['off the grid', 0.0001],
  ['out of range', 16.0009765625],
  ['infinite', Number.POSITIVE_INFINITY],
  ['not a number', Number.NaN],
] as const) {
  expectInvalid(`weight ${name}`, /layers\[1\]\.weights\[5\]: .*multiple of 1\/1024/, (model) => {
    model.contexts![0]!.layers![1]!.weights![5] = value
  })
  expectInvalid(`bias ${name}`, /layers\[1\]\.biases\[7\]: .*multiple of 1\/1024/, (model) => {
    model.contexts![0]!.layers![1]!.biases![7] = value
  })
}
expectInvalid('loss weight range', /loss_weights\[20\]: .*0 to 1/, (model) => {
  model.contexts![0]!.lossWeights![20] = 1.5
})
expectInvalid('loss weight under the mask', /loss_weights\[3\]: .*0 where input_mask is 0/, (model) => {
  model.contexts![0]!.lossWeights![3] = 0.5
})
expectInvalid('largest loss weight', /loss_weights: .*largest weight of 1/, (model) => {
  model.contexts![0]!.lossWeights = Array.from({ length: 64 }, (_, bit) => (bit < 16 ? 0 : 0.5))
})
for (const threshold of [0, -1, 64, Number.NaN]) {
  expectInvalid(`threshold ${threshold}`, /contexts\[0\]\.threshold: /, (model) => {
    model.contexts![0]!.threshold = threshold
  })
}
expectInvalid('highest loss', /highest_held_out_loss: /, (model) => {
  model.contexts![0]!.highestHeldOutLoss = Number.NaN
})
expectInvalid('count beyond exact integers', /training_streams: /, (model) => {
  model.contexts![0]!.trainingStreams = 2 ** 53
})
expectInvalid('source digest', /sources\[0\]\.sha256: /, (model) => {
  model.provenance = { sources: [{ name: 'a', sha256: 'abc', role: 'training' }] }
})
expectInvalid('parent', /provenance\.parent_model_id: /, (model) => {
  model.provenance = { parentModelId: 'abc' }
})

t.test("the first layer's sums stay within int16, masked bits not counted", async (t) => {
  const model = randomModel({ seed: 8, magnitude: 0 })
  const { weights, biases } = model.contexts![0]!.layers![0]!
  // Unit 3: its bias, and bytes 2 and 3 (unmasked), exactly at the limit, then one step beyond.
  const start = 3 * 64 + 16
  biases![3] = -16
  weights![start] = (FIRST_SUM_LIMIT - 16 * GRID - 7 * GRID) / GRID
  weights![start + 9] = -7
  encodeModelFile(model)
  weights![start + 10] = 1 / GRID
  t.throws(() => encodeModelFile(model), {
    code: 'MODEL_INVALID',
    message: /layers\[0\], unit 3: .*32767/,
  })
  weights![start + 10] = 0
  // Byte 0 is masked: any magnitudes do.
  weights!.fill(16, 0, 8)
  encodeModelFile(model)
})
