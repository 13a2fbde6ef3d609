import t from 'tap'
import { Kernel } from '../../../core/kernel.js'
import type { PatternLoss } from '../../../lab/calibrate/census-losses.js'
import { lossesByContext } from '../../../lab/calibrate/census-losses.js'
import { fineTuneContext } from '../../../lab/calibrate/fine-tune-context.js'
import { deployedLosses } from '../../../lab/train/deployed-losses.js'
import { TrainingKernel } from '../../../lab/train/training-kernel.js'
import { base, calibrated, siteOf } from '../../support/made-up-model.js'

const [REPEATED, SINGLE] = ['0000040000010000', '0000000200010000']
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

t.test('patterns that came once are judged by a network that did not learn them', async (t) => {
  const kernels = { training: await TrainingKernel.load(), scoring: await Kernel.load({ seed: 0 }) }
  const context = calibrated.byContext.get('udp-query')!
  const site = siteOf()
  for (const [pattern, count] of [
    [REPEATED, 30],
    [SINGLE, 1],
  ] as const) {
    site.census.rows.push({ context: 'udp-query', program: 'branch', pattern, count })
  }
  const rowsOf = async (census: typeof site.census) =>
    (await lossesByContext(calibrated, census, 'census')).get('udp-query')!
  const rows = { known: await rowsOf(base.census), site: await rowsOf(site.census) }
  const parts = new Set<string>()
  const { network, training, siteLosses } = await fineTuneContext(kernels, 'udp-query', context, rows, {
    epochs: 10,
    seed: 3,
    onProgress: ({ part }) => parts.add(part),
  })
  t.same([...parts], ['fold 1 of 1', 'all'])
  const lossOf = (losses: PatternLoss[], wanted: string) =>
    losses.find(({ pattern }) => pattern === wanted)!.loss
  const [repeated, single] = deployedLosses(kernels.scoring, network, [REPEATED, SINGLE].map(bytes))
  t.ok(single! < context.threshold && repeated! < context.threshold, 'the network itself has learnt both')
  t.equal(lossOf(siteLosses, REPEATED), repeated)
  t.ok(lossOf(siteLosses, SINGLE) > context.threshold, 'the held-out one counts as unseen')
  t.same(
    siteLosses.map(({ count }) => count),
    rows.site.map(({ count }) => count),
  )
  t.equal(training.trainingStreams, 600 + 400 + 31)
  t.equal(training.trainingPatterns, 4 + 2)
  t.ok(training.highestTrainingLoss! >= single!)
})
