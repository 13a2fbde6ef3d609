import t from 'tap'
import { Kernel } from '../../../core/kernel.js'
import { deployedLosses } from '../../../lab/train/deployed-losses.js'
import { FINE_TUNING, fineTuneNetwork, raiseBadlyKnown, withShares } from '../../../lab/train/fine-tune.js'
import { joinContext } from '../../../lab/train/training-data.js'
import { TrainingKernel } from '../../../lab/train/training-kernel.js'
import { base, calibrated } from '../../support/made-up-model.js'

const context = calibrated.byContext.get('udp-query')!
const NEW = '0000040000010000'
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const data = joinContext('udp-query', [
  base.census,
  { ...base.census, rows: [{ context: 'udp-query', program: 'branch', pattern: NEW, count: 30 }] },
])

t.test('the network learns what is new, forgets nothing, and does so the same each time', async (t) => {
  const [training, scoring] = [await TrainingKernel.load(), await Kernel.load({ seed: 0 })]
  const epochs: number[] = []
  const tune = () =>
    fineTuneNetwork(training, scoring, context, data, new Set(['branch']), 'all', {
      epochs: 10,
      seed: 3,
      onProgress: ({ epoch }) => epochs.push(epoch),
    })
  const tuned = await tune()
  t.same(epochs, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  const losses = (network: typeof tuned, hex: string) => deployedLosses(scoring, network, [bytes(hex)])[0]!
  t.ok(losses(context, NEW) > context.threshold)
  t.ok(losses(tuned, NEW) < context.threshold)
  for (const { pattern } of base.census.rows.filter((row) => row.context === 'udp-query')) {
    t.ok(losses(tuned, pattern) < context.threshold, pattern)
  }
  t.same(tuned.lossWeights, context.lossWeights)
  t.notSame(tuned.layers, context.layers)
  t.same(await tune(), tuned)
})

t.test('what is badly known gets a share of its own, and never less than its own weight', async (t) => {
  const sum = (weights: number[]) => weights.reduce((total, weight) => total + weight, 0)
  const many = new Array(99).fill(1)
  const raised = raiseBadlyKnown([...many, 1], [...many.map(() => false), true])
  t.ok(Math.abs(sum(raised) - 100) < 1e-9)
  t.ok(Math.abs(raised[99]! / 100 - FINE_TUNING.badlyKnownShare) < 1e-9)
  t.same(raiseBadlyKnown([1, 1, 1], [true, true, false]), [1, 1, 1])
  t.same(raiseBadlyKnown([0.5, 1.5], [false, false]), [0.5, 1.5])
})

t.test('programs that are learnt share a tenth, however few or many they are', async (t) => {
  const known = Array.from({ length: 90 }, (_, index) => `known ${index}`)
  const timesOf = (programs: string[], learnt: string[]) =>
    withShares(programs, new Set(learnt)).filter((program) => learnt.includes(program)).length
  t.equal(timesOf([...known, 'a'], ['a']), 10)
  t.equal(timesOf([...known, 'a', 'b', 'c', 'd', 'e'], ['a', 'b', 'c', 'd', 'e']), 10)
  t.equal(timesOf(['known', 'a'], ['a']), 1, 'never less than its own share')
  t.same(withShares(['a', 'b'], new Set()), ['a', 'b'])
})
