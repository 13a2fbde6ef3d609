import t from 'tap'
import type { ContextName } from '../../../core/contexts.js'
import { FirsteightError } from '../../../core/errors.js'
import { encodeModelFile, type ModelFile } from '../../../core/model-file.js'
import { fineTuningOf, lossesOfBoth, refuseWorse } from '../../../lab/calibrate/fine-tune-figures.js'
import { attack, base, calibrated, siteOf } from '../../support/made-up-model.js'

/** The made-up model with every threshold multiplied. */
const withThresholds = (factor: number) =>
  encodeModelFile({
    ...calibrated.model,
    contexts: [...calibrated.byContext.values()].map((context) => ({
      ...context,
      threshold: context.threshold * factor,
    })),
  })
const data = { site: siteOf(), base, attack }

async function compareModels(before: ModelFile, after: ModelFile) {
  const losses = await lossesOfBoth(before, after, data)
  const threshold = (model: ModelFile, name: ContextName) => model.byContext.get(name)!.threshold
  return new Map(
    [...losses].map(([name, both]) => [
      name,
      fineTuningOf(both, [threshold(before, name), threshold(after, name)]),
    ]),
  )
}

t.test('a model beside itself', async (t) => {
  const figures = await compareModels(calibrated, calibrated)
  for (const { siteLoss, baseFlagged, attackPassed } of figures.values()) {
    t.equal(siteLoss.before, siteLoss.after)
    t.ok(siteLoss.before > 0)
    t.match(attackPassed, { patterns: 120, before: 0, after: 0, new: [] })
    t.match(baseFlagged, { before: 0, after: 0, new: [] })
  }
  refuseWorse('attack.tsv', 'a.tsv', figures)
})

t.test('a model that lets attacks pass is refused, and they are named', async (t) => {
  const figures = await compareModels(calibrated, withThresholds(30))
  const error = t.throws(() => refuseWorse('attack.tsv', 'a.tsv', figures)) as unknown as FirsteightError
  t.ok(error instanceof FirsteightError)
  t.equal(error.code, 'MODEL_WORSE')
  t.match(
    error.message,
    /udp-query: of attack\.tsv \d+ of 120 patterns pass, 0 before: protocol-\d\d [0-9a-f]{16}, /,
  )
  const { attackPassed } = figures.get('udp-query')!
  t.equal(attackPassed.new.length, attackPassed.after)
  refuseWorse('attack.tsv', 'a.tsv', await compareModels(withThresholds(30), calibrated))
})

t.test('a model that flags what was known is refused', async (t) => {
  const figures = await compareModels(calibrated, withThresholds(1e-5))
  t.throws(() => refuseWorse('attack.tsv', 'a.tsv', figures), {
    code: 'MODEL_WORSE',
    message: /of a\.tsv \d+ of \d+ patterns are flagged, 0 before/,
  })
})
