import t from 'tap'
import { Fit, lossWeightsOf, TRAINING } from '../../../lab/train/fit.js'
import { TrainingKernel } from '../../../lab/train/training-kernel.js'

const ALL = new Uint8Array(8).fill(255)
const hexes = (...patterns: string[]) => patterns.map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')))

t.test('loss weights: less for residual and freedom, the largest 1, none under the mask', async (t) => {
  const residuals = new Array(64).fill(1)
  residuals[20] = 0
  residuals[21] = TRAINING.residualFloor
  residuals[3] = 0
  const freedom = new Array(64).fill(0)
  freedom[22] = 0.75
  residuals[22] = 0
  const mask = Uint8Array.from([0, 255, 255, 255, 255, 255, 255, 255])
  const weights = lossWeightsOf(residuals, freedom, mask)
  t.equal(weights[20], 1)
  t.equal(weights[21], 0.5)
  t.equal(weights[22], 0.25)
  t.same(weights.slice(0, 8), new Array(8).fill(0))
  t.equal(weights[63], TRAINING.residualFloor / (1 + TRAINING.residualFloor))
})

t.test(
  'a bit that nothing foretells loses its weight, a constant one and one that follows another keep theirs',
  async (t) => {
    const kernel = await TrainingKernel.load()
    // Sixteen low bits at random, as different in every pattern; byte 2 is 0x00 or 0xff; the rest is constant.
    const patterns = Array.from({ length: 400 }, (_, index) => {
      const random = Math.imul(index + 1, 0x9e3779b1) >>> 16
      const flag = index % 2 === 0 ? 0 : 255
      return Uint8Array.of(0x5a, 0, flag, 0, 0, 1, random >> 8, random & 255)
    })
    const data = { inputMask: ALL, patterns, weights: patterns.map(() => 1) }
    const fit = Fit.begin(kernel, data, { hidden: 16, bottleneck: 2, epochs: 80, seed: 1 })
    fit.learnLossWeights()
    const weights = [...kernel.lossWeights]
    const smallest = (from: number, to: number) => Math.min(...weights.slice(from, to))
    t.ok(smallest(0, 16) > 0.9 && smallest(24, 48) > 0.9, 'constant bytes')
    t.ok(smallest(16, 24) > 0.8, 'a byte of eight equal bits')
    t.ok(Math.max(...weights.slice(48)) < 0.7, 'random bits that a bottleneck of two cannot carry')
  },
)

t.test('held-out patterns do not change what is trained on', async (t) => {
  const run = async (heldOut: boolean) => {
    const kernel = await TrainingKernel.load()
    const patterns = hexes('0000010000010000', '0000018000010001')
    const settings = { hidden: 8, bottleneck: 2, epochs: 3, seed: 2 }
    const fit = Fit.begin(kernel, { inputMask: ALL, patterns, weights: [1, 1] }, settings)
    fit.learnLossWeights()
    for (let epoch = 0; epoch < 3; epoch++) {
      fit.secondStageEpoch(epoch)
      if (heldOut) t.ok(fit.heldOutLoss(hexes('ffffffffffffffff', '0123456789abcdef')) > 0.1)
    }
    return Buffer.from(kernel.parameters.slice().buffer)
  }
  t.ok((await run(true)).equals(await run(false)))
})
