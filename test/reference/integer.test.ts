import t from 'tap'
import { CONTEXT_NAMES } from '../../core/contexts.js'
import { encodeModelFile, type ModelFile } from '../../core/model-file.js'
import type { firsteight } from '../../generated/messages.js'
import { seededRandom } from '../../lab/evaluate/statistics.js'
import { randomModel } from '../support/random-model.js'
import { type FloatLayer, forward, inputBits, sqnl, weightedLoss } from './float.js'
import { IntegerNetwork, sqnlQ10 } from './integer.js'
import { runScoringSuite } from './suite.js'

let loaded: ModelFile
runScoringSuite(t, {
  name: 'reference',
  load: (model) => {
    loaded = model
  },
  score: (index, bytes) => new IntegerNetwork(loaded.byContext.get(CONTEXT_NAMES[index]!)!).score(bytes),
})

t.test('the integer activation is within one unit of the real one', async (t) => {
  for (let x = -5000; x <= 5000; x++) {
    if (Math.abs(sqnlQ10(x) - sqnl(x / 1024) * 1024) > 1) t.fail(`at ${x}`)
  }
  t.equal(sqnlQ10(2048), 1024)
  t.equal(sqnlQ10(-2048), -1024)
})

/**
 * How far the integer outputs may lie from the real ones: one unit of rounding an activation, half a unit a
 * rounded sum, carried on through the weights (SQNL's slope is at most 1).
 */
function outputBounds(layers: readonly FloatLayer[]): number[] {
  let bounds = Array.from({ length: 64 }, () => 0)
  layers.forEach((layer, index) => {
    bounds = Array.from({ length: layer.outputs }, (_, row) => {
      let bound = index === 0 ? 0 : 0.5 / 1024
      for (let column = 0; column < layer.inputs; column++) {
        bound += Math.abs(layer.weights[row * layer.inputs + column]!) * bounds[column]!
      }
      return index === layers.length - 1 ? bound : bound + 1 / 1024
    })
  })
  return bounds
}

t.test('integer and f64 networks agree within the rounding they may differ by', async (t) => {
  for (let seed = 1; seed <= 12; seed++) {
    const hidden = [8, 16, 24, 32][seed % 4]!
    const file = encodeModelFile(randomModel({ seed, hidden, contexts: ['tcp-response'], magnitude: 0.3 }))
    const context = file.byContext.get('tcp-response')!
    const layers = context.layers as firsteight.v1.Layer[]
    const bounds = outputBounds(layers)
    const network = new IntegerNetwork(context)
    const random = seededRandom(seed)
    for (let sample = 0; sample < 200; sample++) {
      const bytes = Uint8Array.from({ length: 8 }, () => random() * 256)
      const input = inputBits(bytes, context.inputMask)
      const real = forward(layers, input)[3]!
      const integer = network.forward(bytes)[3]!
      let lossBound = 0
      for (let bit = 0; bit < 64; bit++) {
        if (Math.abs(integer[bit]! / 1024 - real[bit]!) > bounds[bit]!) t.fail(`output ${bit}`)
        // The scaled error is rounded once more, and its factor holds 15 bits: within 1/1024 for errors below 16.
        const bound = bounds[bit]! + 1 / 1024
        const scaled = Math.sqrt(context.lossWeights[bit]!) * Math.abs(input[bit]! - real[bit]!)
        lossBound += (2 * scaled * bound + bound ** 2) / 64
      }
      const difference =
        network.score(bytes).lossUnits / 2 ** 26 - weightedLoss(input, real, context.lossWeights)
      if (Math.abs(difference) > lossBound) t.fail(`loss differs by ${difference}, bound ${lossBound}`)
    }
  }
  t.pass('12 models, 200 inputs each')
})
