import t from 'tap'
import { FIRST_SUM_LIMIT, GRID } from '../../../core/model-rules.js'
import { seededRandom } from '../../../lab/evaluate/statistics.js'
import { quantiseNetwork } from '../../../lab/train/quantise.js'
import { forward, inputBits } from '../../reference/float.js'

t.test('numbers go to the nearest step, and -0 to 0', async (t) => {
  const parameters = new Float32Array(64 * 8 + 8 + 8 * 8 + 8 + 8 * 8 + 8 + 8 * 64 + 64)
  parameters.set([0.00048, 0.00049, -0.0001, -1.2345])
  const [layer] = quantiseNetwork(parameters, 8, 8)
  t.same(layer!.weights!.slice(0, 2), [0, 1 / 1024])
  t.ok(Object.is(layer!.weights![2], 0))
  t.equal(layer!.weights![3], -1264 / 1024)
})

t.test('padding changes nothing but the widths', async (t) => {
  const hidden = 13
  const bottleneck = 6
  const random = seededRandom(3)
  const count =
    64 * hidden + hidden + hidden * bottleneck + bottleneck + bottleneck * hidden + hidden + hidden * 64 + 64
  const parameters = Float32Array.from({ length: count }, () => Math.round((random() - 0.5) * 1024) / 1024)
  const layers = quantiseNetwork(parameters, hidden, bottleneck)
  t.same(
    layers.map(({ inputs, outputs }) => [inputs, outputs]),
    [
      [64, 16],
      [16, 8],
      [8, 16],
      [16, 64],
    ],
  )

  let position = 0
  const take = (length: number) => {
    position += length
    return parameters.slice(position - length, position)
  }
  const unpadded = [64, hidden, bottleneck, hidden].map((inputs, index) => {
    const outputs = [hidden, bottleneck, hidden, 64][index]!
    return { inputs, outputs, weights: take(inputs * outputs), biases: take(outputs) }
  })
  const input = inputBits(Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]), new Uint8Array(8).fill(255))
  const padded = layers.map((layer) => layer as (typeof unpadded)[number] & typeof layer)
  t.same(forward(padded, input)[3], forward(unpadded, input)[3])
})

t.test('a first-layer unit beyond int16 is made smaller, the others stay', async (t) => {
  const parameters = new Float32Array(64 * 8 + 8 + 8 * 8 + 8 + 8 * 8 + 8 + 8 * 64 + 64)
  parameters.fill(-3.99, 0, 64)
  parameters.fill(0.25, 64, 128)
  parameters[64 * 8] = 3.99
  const [layer] = quantiseNetwork(parameters, 8, 8)
  const row = layer!.weights!.slice(0, 64)
  const sum = row.reduce((total, weight) => total + Math.abs(weight), Math.abs(layer!.biases![0]!)) * GRID
  t.ok(sum <= FIRST_SUM_LIMIT && sum > FIRST_SUM_LIMIT - 65, `${sum}: as large as fits`)
  t.ok(row.every((weight) => weight === row[0] && weight < 0))
  t.same(layer!.weights!.slice(64, 128), new Array(64).fill(0.25))
})
