import t from 'tap'
import { pValueOf } from '../../../core/assurance.js'
import { calibrateSite } from '../../../lab/calibrate/site.js'
import { madeUpCensus } from '../../support/made-up-census.js'
import { calibrated as model, siteOf } from '../../support/made-up-model.js'

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
