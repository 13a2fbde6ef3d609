import t from 'tap'
import { GRID } from '../../../core/model-rules.js'
import { seededRandom } from '../../../lab/evaluate/statistics.js'
import { TrainingKernel } from '../../../lab/train/training-kernel.js'
import { type FloatLayer, forward, inputBits, weightedLoss } from '../../reference/float.js'

/** The f64 reference's view of a flat parameter vector. */
function layersOf(parameters: ArrayLike<number>, hidden: number, bottleneck: number): FloatLayer[] {
  const widths = [64, hidden, bottleneck, hidden, 64]
  const flat = Array.from(parameters)
  let position = 0
  return widths.slice(1).map((outputs, index) => {
    const inputs = widths[index]!
    const weights = flat.slice(position, position + inputs * outputs)
    position += inputs * outputs
    const biases = flat.slice(position, position + outputs)
    position += outputs
    return { inputs, outputs, weights, biases }
  })
}

/** A kernel with random biases too, two weighted patterns, random loss weights and a mask of 48 bits. */
async function prepared(hidden: number, bottleneck: number): Promise<TrainingKernel> {
  const kernel = await TrainingKernel.load()
  const random = seededRandom(hidden * 100 + bottleneck)
  kernel.start(hidden, bottleneck, 42)
  kernel.parameters.forEach((value, index, all) => {
    all[index] = value + (random() - 0.5) * 0.2
  })
  kernel.patterns.set(Array.from({ length: 16 }, () => Math.floor(random() * 256)))
  kernel.patternWeights.set([0.5, 1.5])
  kernel.lossWeights.forEach((_, bit, all) => {
    all[bit] = bit < 16 ? 0 : random()
  })
  kernel.inputMask.set([0, 0, 255, 255, 255, 255, 255, 255])
  return kernel
}

/** Sum over both patterns of weight * loss, in f64. */
function referenceLoss(kernel: TrainingKernel, layers: FloatLayer[]): number {
  let sum = 0
  for (const pattern of [0, 1]) {
    const bytes = kernel.patterns.slice(pattern * 8, pattern * 8 + 8)
    const target = inputBits(bytes, new Uint8Array(8).fill(255))
    const output = forward(layers, inputBits(bytes, kernel.inputMask)).at(-1)!
    sum += kernel.patternWeights[pattern]! * weightedLoss(target, output, kernel.lossWeights)
  }
  return sum
}

for (const [hidden, bottleneck] of [
  [8, 8],
  [24, 16],
  [32, 8],
] as const) {
  t.test(
    `${hidden}-${bottleneck}: gradients agree with central differences of the f64 reference`,
    async (t) => {
      const kernel = await prepared(hidden, bottleneck)
      kernel.clearGradient()
      const loss = kernel.addPattern(0, 1) + kernel.addPattern(1, 1)
      const parameters = Array.from(kernel.parameters)
      const expectedLoss = referenceLoss(kernel, layersOf(parameters, hidden, bottleneck))
      t.ok(Math.abs(loss - expectedLoss) < 1e-5 * expectedLoss, `loss ${loss}, reference ${expectedLoss}`)

      const layers = layersOf(parameters, hidden, bottleneck)
      let position = 0
      for (const [index, layer] of layers.entries()) {
        for (const [kind, numbers] of [
          ['weights', layer.weights],
          ['biases', layer.biases],
        ] as const) {
          const values = numbers as number[]
          let largest = 0
          let worst = 0
          for (let item = 0; item < values.length; item++) {
            const kept = values[item]!
            const step = 1e-4
            values[item] = kept + step
            const above = referenceLoss(kernel, layers)
            values[item] = kept - step
            const below = referenceLoss(kernel, layers)
            values[item] = kept
            const expected = (above - below) / (2 * step)
            largest = Math.max(largest, Math.abs(expected))
            worst = Math.max(worst, Math.abs(kernel.gradient[position + item]! - expected))
          }
          t.ok(largest > 1e-4, `layer ${index + 1} ${kind}: the gradient is not zero`)
          t.ok(worst < 1e-3 * largest, `layer ${index + 1} ${kind}: off by ${worst} of ${largest}`)
          position += values.length
        }
      }
      t.equal(position, parameters.length)
    },
  )
}

t.test('the residuals are the mean squared errors of each bit, its two values counting alike', async (t) => {
  const kernel = await prepared(16, 8)
  const loss = kernel.evaluate(0, 2)
  const layers = layersOf(kernel.parameters, 16, 8)
  // Two patterns of unequal weight: where they differ each value has one of them, where they agree both share it.
  const errors = [0, 1].map((pattern) => {
    const bytes = kernel.patterns.slice(pattern * 8, pattern * 8 + 8)
    const target = inputBits(bytes, new Uint8Array(8).fill(255))
    const output = forward(layers, inputBits(bytes, kernel.inputMask)).at(-1)!
    return target.map((value, bit) => ({ value, squared: (value - output[bit]!) ** 2 }))
  })
  kernel.residuals.forEach((residual, bit) => {
    const [first, second] = [errors[0]![bit]!, errors[1]![bit]!]
    const share = first.value === second.value ? kernel.patternWeights[0]! / 2 : 0.5
    const expected = share * first.squared + (1 - share) * second.squared
    if (Math.abs(residual - expected) > 1e-5 * (1 + expected))
      t.fail(`bit ${bit}: ${residual}, expected ${expected}`)
  })
  t.ok(Math.abs(loss - referenceLoss(kernel, layers) / 2) < 1e-5)
})

t.test('training learns four patterns, and does so the same way every time', async (t) => {
  const run = async (seed: number) => {
    const kernel = await TrainingKernel.load()
    kernel.start(16, 8, seed)
    kernel.inputMask.fill(255)
    kernel.lossWeights.fill(1)
    kernel.patterns.set(
      Buffer.from('0123456789abcdeffedcba98765432100f0f0f0f0f0f0f0fff00ff00ff00ff00', 'hex'),
    )
    kernel.patternWeights.fill(1, 0, 4)
    const losses: number[] = []
    const options = {
      batch: 2,
      learningRate: 0.005,
      flipProbability: 0.02,
      crossProbability: 0,
      swapProbability: 0,
    }
    for (let epoch = 0; epoch < 200; epoch++) losses.push(kernel.trainEpoch(4, options))
    return {
      losses,
      parameters: Buffer.from(kernel.parameters.slice().buffer).toString('hex'),
      clean: kernel.evaluate(0, 4),
    }
  }
  const first = await run(7)
  t.ok(first.losses[0]! > 0.9, `starts at ${first.losses[0]}`)
  t.ok(first.clean < 0.05, `ends at ${first.clean}`)
  const again = await run(7)
  t.same(again.losses, first.losses)
  t.ok(again.parameters === first.parameters)
  t.ok((await run(7 + 2 ** 32)).parameters !== first.parameters, 'both halves of the seed count')
})

t.test('parameters stay on the deployed grid, and steps finer than the grid add up', async (t) => {
  const kernel = await prepared(8, 8)
  kernel.start(8, 8, 3)
  const before = kernel.parameters.slice()
  // One Adam step moves a parameter by at most about the learning rate: a tenth of a grid step.
  const options = {
    batch: 2,
    learningRate: 0.0001,
    flipProbability: 0,
    crossProbability: 0,
    swapProbability: 0,
  }
  const moved = () => kernel.parameters.filter((value, index) => value !== before[index]).length
  kernel.trainEpoch(2, options)
  const afterOne = moved()
  for (let epoch = 0; epoch < 50; epoch++) kernel.trainEpoch(2, options)
  t.ok(kernel.parameters.every((value) => Number.isInteger(value * GRID)))
  t.ok(afterOne < 0.3 * before.length, `${afterOne} of ${before.length} moved at the first step`)
  t.ok(moved() > 0.7 * before.length, `${moved()} of ${before.length} moved after 51`)
})

t.test('goes on from given parameters, with nothing left of those that were drawn', async (t) => {
  const options = {
    batch: 1,
    learningRate: 0.0001,
    flipProbability: 0,
    crossProbability: 0,
    swapProbability: 0,
  }
  const run = async (seed: number) => {
    const kernel = await prepared(8, 8)
    kernel.start(8, 8, seed)
    kernel.setParameters(Array.from(kernel.parameters, (_, index) => (index % 7) / GRID))
    for (let step = 0; step < 3; step++) kernel.trainEpoch(1, options)
    return [...kernel.parameters]
  }
  t.same(await run(1), await run(2))
})

t.test('crossing mixes the free bits on which two patterns differ, and no others', async (t) => {
  const kernel = await prepared(8, 8)
  kernel.parameters.fill(0)
  kernel.patternWeights.fill(1, 0, 2)
  kernel.lossWeights.fill(1)
  // The last byte is the same in both; of the first byte that differs no bit is free.
  kernel.setFreedom(Array.from({ length: 64 }, (_, bit) => (bit >= 40 ? 0.5 : 0)))
  kernel.patterns.set(Buffer.from('00000000000000ff00000000ffffffff', 'hex'))
  const options = {
    batch: 1,
    learningRate: 0.01,
    flipProbability: 0,
    crossProbability: 1,
    swapProbability: 0,
  }
  for (let epoch = 0; epoch < 3000; epoch++) kernel.trainEpoch(2, options)
  const biases = kernel.parameters.slice(-64)
  // With weights that started at zero only the output's biases learn: each bit's mean over the crosses.
  t.ok(biases.slice(0, 32).every((bias) => bias < -0.9))
  t.ok(biases.slice(56).every((bias) => bias > 0.9))
  t.ok(
    biases.slice(32, 56).every((bias) => Math.abs(bias) < 0.5),
    'about as often set as not',
  )
})
