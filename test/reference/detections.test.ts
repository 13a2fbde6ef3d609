import t from 'tap'
import { DEFAULT_MODEL_PATH } from '../../core/default-model.js'
import { Kernel } from '../../core/kernel.js'
import { readModelFile } from '../../core/model-file.js'
import type { firsteight } from '../../generated/messages.js'
import { evaluationSets } from '../support/evaluation-streams.js'
import { forward, inputBits, weightedLoss } from './float.js'

/** Loss units of the kernel in one unit of the loss. */
const LOSS_UNITS = 2 ** 26

/**
 * Rounding to integers moved no loss near a threshold by this much (docs/onnx.md); a stream whose real loss is
 * farther from it must get the same verdict from both.
 */
const ROUNDING = 5e-4

t.test('the deployed kernel flags what the model in real numbers flags', async (t) => {
  const file = await readModelFile(DEFAULT_MODEL_PATH)
  const kernel = await Kernel.load({ seed: 1 })
  kernel.loadModel(file)
  for (const [name, streams] of evaluationSets(5000)) {
    const seen = new Set<string>()
    let flagged = 0
    let nearest = Infinity
    let largestDifference = 0
    const disagreements: string[] = []
    for (const { context, firstEight } of streams) {
      const model = file.byContext.get(context)!
      const bytes = firstEight.map((byte, index) => byte & model.inputMask[index]!)
      const key = `${context} ${Buffer.from(bytes).toString('hex')}`
      if (seen.has(key)) continue
      seen.add(key)
      const input = inputBits(bytes, model.inputMask)
      const output = forward(model.layers as firsteight.v1.Layer[], input)[3]!
      const real = weightedLoss(input, output, model.lossWeights)
      const { lossUnits } = kernel.score(context, firstEight)
      const deployed = lossUnits / LOSS_UNITS
      const { threshold } = model
      if (real > threshold) flagged++
      nearest = Math.min(nearest, Math.abs(real - threshold))
      if (real < 2 * threshold) largestDifference = Math.max(largestDifference, Math.abs(real - deployed))
      if (lossUnits > Math.floor(threshold * LOSS_UNITS) !== real > threshold) {
        disagreements.push(`${key}: real ${real}, deployed ${deployed}, threshold ${threshold}`)
        if (Math.abs(real - threshold) > ROUNDING) t.fail(`rounding cannot explain ${key}`)
      }
    }
    t.ok(seen.size > 0, `${name} holds streams`)
    t.ok(largestDifference < ROUNDING, 'losses below twice the threshold agree')
    if (name !== 'bits changed') t.same(disagreements, [], `${name}: the same verdict on all`)
    t.comment(
      `${name}: ${seen.size} patterns, ${flagged} flagged, ${disagreements.length} with another verdict; losses differ`,
      `by ${largestDifference.toExponential(1)} at most, the nearest is ${nearest.toExponential(1)} from its threshold`,
      disagreements,
    )
  }
})
