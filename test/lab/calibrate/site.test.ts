import t, { type Test } from 'tap'
import { pValueOf } from '../../../core/assurance.js'
import { FirsteightError } from '../../../core/errors.js'
import { calibrateModel } from '../../../lab/calibrate/calibrate.js'
import type { CensusFile } from '../../../lab/calibrate/read-census-file.js'
import { calibrateSite } from '../../../lab/calibrate/site.js'
import type { Census } from '../../../lab/census/census.js'
import { train } from '../../../lab/train/train.js'
import { attackCensus } from '../../support/attack-census.js'
import { madeUpCensus } from '../../support/made-up-census.js'

const input = { sources: [{ name: 'a.tsv', sha256: 'a'.repeat(64) }], censuses: [madeUpCensus()] }
const trained = await train(input, { name: 'made up', seed: 5, hidden: 8, bottleneck: 8, epochs: 40 })
const attack = { name: 'attack.tsv', sha256: 'b'.repeat(64), census: attackCensus(12) }
const model = await calibrateModel(trained, attack)

const siteOf = (census: Census): CensusFile => ({
  name: 'site.tsv',
  sha256: 'd'.repeat(64),
  census,
  firstRowLine: 9,
})
const clean = madeUpCensus({ streams: 400, programs: ['branch'] })

t.test('every context with enough streams is fitted, by stream; the rest of the model stays', async (t) => {
  const { model: site, contexts } = await calibrateSite(model, siteOf(clean), 1)
  t.same(
    contexts.map(({ context, outcome, streams }) => [context, outcome, streams]),
    [...model.byContext.keys()].map((context) => [context, 'refitted', 400]),
  )
  for (const { context, after, before, drift, highest } of contexts) {
    const [old, fitted] = [model.byContext.get(context)!, site.byContext.get(context)!]
    t.equal(fitted.calibration!.byStream, true)
    t.equal(
      fitted.calibration!.streams!.reduce((sum, count) => sum + count, 0),
      400,
    )
    t.equal(pValueOf(fitted, 63), 1 / 401)
    t.equal(fitted.threshold, after.threshold)
    t.equal(old.threshold, before.threshold)
    t.ok(after.extrapolated)
    t.equal(after.falseAlarms, 0)
    t.same(fitted.layers, old.layers)
    t.same(fitted.confidence, old.confidence)
    t.ok(drift && drift.psi >= 0)
    t.equal(highest[0]!.loss, fitted.calibration!.losses!.at(-1))
  }
  t.same(site.model.gate, model.model.gate)
  t.equal(site.model.version, 2)
  t.equal(site.model.provenance!.parentModelId, model.id)
  t.match(site.model.provenance!.sources!.at(-1), { name: 'site.tsv', role: 'site' })
  t.equal((await calibrateSite(model, siteOf(clean), 1)).model.id, site.id, 'equal input, equal bytes')
})

t.test('a site again: its earlier census gives way, drift is judged by stream', async (t) => {
  const { model: once } = await calibrateSite(model, siteOf(clean), 1)
  const again = await calibrateSite(once, { ...siteOf(clean), name: 'later.tsv', sha256: 'e'.repeat(64) }, 1)
  t.same(
    again.model.model.provenance!.sources!.map(({ role }) => role),
    ['training', 'attack', 'site'],
  )
  for (const { drift } of again.contexts) t.match(drift, { psi: 0, verdict: 'stable' })
})

t.test('a context with few streams is left as it was', async (t) => {
  const rows = clean.rows.map((row) => (row.context === 'tcp-query' ? { ...row, count: 1 } : row))
  const few = {
    ...clean,
    rows: rows.filter(({ context }, index) => context !== 'tcp-query' || index % 2 === 0),
  }
  const { model: site, contexts } = await calibrateSite(model, siteOf(few), 1)
  t.equal(contexts[2]!.outcome, 'too few streams')
  t.same(site.byContext.get('tcp-query'), model.byContext.get('tcp-query'))
  t.equal(contexts[0]!.outcome, 'refitted')
  const missing = { ...clean, rows: clean.rows.filter(({ context }) => context.startsWith('udp')) }
  t.match((await calibrateSite(model, siteOf(missing), 1)).contexts[3], {
    streams: 0,
    drift: undefined,
    highest: [],
  })
})

const refused = (t: Test, site: CensusFile, message: RegExp, of = model) =>
  t.rejects(calibrateSite(of, site, 1), { code: 'TRAINING_DATA', message })

t.test(
  'refuses contaminated data, and lists every such pattern with its count and the first line',
  async (t) => {
    const rows = [...clean.rows]
    rows.splice(3, 0, { context: 'udp-query', program: 'branch', pattern: '00002d322e302d4f', count: 7 })
    rows.push({ context: 'tcp-response', program: 'branch', pattern: '535300002e302d4f', count: 2 })
    const error: unknown = await calibrateSite(model, siteOf({ ...clean, rows }), 1).catch(
      (thrown: unknown) => thrown,
    )
    t.ok(error instanceof FirsteightError)
    const { code, message, details } = error as FirsteightError
    t.equal(code, 'TRAINING_DATA')
    t.match(
      message,
      /^site\.tsv: line 12: udp-query 00002d322e302d4f of branch is not DNS with confidence 0\.9/,
    )
    t.match(message, /2 such patterns in 9 streams: .*tcp-response 535300002e302d4f x 2/)
    t.equal((details.patterns as unknown[]).length, 2)
  },
)

t.test('refuses too little, and what the model knows already', async (t) => {
  const few = { ...clean, rows: clean.rows.slice(0, 2).map((row) => ({ ...row, count: 1 })) }
  await refused(t, siteOf(few), /too few streams \(udp-query 2, udp-response 0/)
  await refused(t, { ...siteOf(clean), sha256: attack.sha256 }, /contradictory/)
  await refused(t, { ...siteOf(clean), sha256: 'a'.repeat(64) }, /learnt from this file/)
})

t.test('a model without confidence cannot tell contamination', async (t) => {
  await t.rejects(calibrateSite(trained, siteOf(clean), 1), {
    code: 'MODEL_UNSUPPORTED',
    message: /states no confidence/,
  })
})
