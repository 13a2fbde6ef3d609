import t from 'tap'
import { fineTuneSite, keepFlagging } from '../../../lab/calibrate/fine-tune-site.js'
import { calibrateSite } from '../../../lab/calibrate/site.js'
import type { CensusRow } from '../../../lab/census/census.js'
import { madeUpCensus } from '../../support/made-up-census.js'
import { attack, base, calibrated as model, siteOf } from '../../support/made-up-model.js'

const options = { falseAlarmsPerMillion: 1, epochs: 10 }
const NEW = { context: 'udp-query', program: 'branch', pattern: '0000040000010000', count: 30 } as const
const clean = madeUpCensus({ streams: 400, programs: ['branch'] })
const siteWith = (...rows: CensusRow[]) => siteOf({ ...clean, rows: [...clean.rows, ...rows] })
const data = { site: siteWith(NEW), base, attack }

t.test("the site's own patterns lower their loss; the rest stays as safe as it was", async (t) => {
  const { model: tuned, contexts } = await fineTuneSite(model, data, options)
  t.equal(contexts[0]!.before.falseAlarms, 30)
  t.equal(contexts[0]!.after.falseAlarms, 0)
  for (const { context, outcome, after, fineTuning } of contexts) {
    t.equal(outcome, 'refitted')
    t.match(fineTuning, { baseFlagged: { after: 0 }, attackPassed: { patterns: 120, after: 0 } })
    const [old, fitted] = [model.byContext.get(context)!, tuned.byContext.get(context)!]
    t.notSame(fitted.layers, old.layers)
    t.same(fitted.lossWeights, old.lossWeights)
    t.same(fitted.inputMask, old.inputMask)
    t.equal(fitted.threshold, after.threshold)
    t.equal(fitted.calibration!.byStream, true)
    t.notSame(fitted.confidence, old.confidence)
    t.ok(fitted.trainingStreams > old.trainingStreams)
  }
  t.ok(contexts[0]!.fineTuning!.siteLoss.after < contexts[0]!.fineTuning!.siteLoss.before)

  const { version, provenance } = tuned.model
  t.equal(version, 2)
  t.equal(provenance!.parentModelId, model.id)
  t.match(provenance!.sources, [
    { name: 'a.tsv', role: 'training' },
    { name: 'attack.tsv', role: 'attack' },
    { name: 'a.tsv', sha256: base.sha256, role: 'fine-tuning' },
    { name: 'site.tsv', sha256: data.site.sha256, role: 'fine-tuning' },
  ])
  t.match(
    provenance!.settings!.find(({ name }) => name === 'fineTuning.epochs'),
    { value: '10' },
  )
  t.equal((await fineTuneSite(model, data, options)).model.id, tuned.id, 'equal input, equal bytes')

  await t.rejects(calibrateSite(tuned, data.site, 1), { message: /learnt from this file/ })
  await t.rejects(fineTuneSite(tuned, { ...data, site: { ...data.site, sha256: 'e'.repeat(64) } }, options), {
    code: 'MODEL_UNSUPPORTED',
    message: /made for a site already, from a\.tsv/,
  })
})

t.test('a context with few streams keeps its network and all else', async (t) => {
  const rows = clean.rows.filter(({ context }) => context !== 'tcp-query')
  const { model: tuned, contexts } = await fineTuneSite(
    model,
    { ...data, site: siteOf({ ...clean, rows }) },
    { ...options, epochs: 1 },
  )
  t.match(contexts[2], { outcome: 'too few streams', fineTuning: undefined })
  t.same(tuned.byContext.get('tcp-query'), model.byContext.get('tcp-query'))
})

t.test('refused where an attack would pass afterwards', async (t) => {
  const { context, pattern } = NEW
  const evil = { context, program: 'protocol-00', pattern, count: 1 }
  const census = { ...attack.census, rows: [...attack.census.rows, evil] }
  const measured = { ...attack, sha256: 'c'.repeat(64), census }
  await t.rejects(fineTuneSite(model, { ...data, attack: measured }, options), {
    code: 'MODEL_WORSE',
    message: /udp-query: of attack\.tsv 1 of 121 patterns pass, 0 before: protocol-00 0000040000010000/,
  })
})

t.test('refused as without fine-tuning, and where the data contradicts itself', async (t) => {
  const refuses = (part: Partial<typeof data>, message: RegExp) =>
    t.rejects(fineTuneSite(model, { ...data, ...part }, options), { code: 'TRAINING_DATA', message })
  const foreign: CensusRow = {
    context: 'udp-query',
    program: 'branch',
    pattern: '00002d322e302d4f',
    count: 7,
  }
  await refuses({ site: siteWith(foreign) }, /site\.tsv: line \d+: udp-query 00002d322e302d4f .* is not DNS/)
  await refuses({ site: siteOf({ ...clean, rows: clean.rows.slice(0, 1) }) }, /too few streams/)
  await refuses({ site: { ...data.site, sha256: base.sha256 } }, /learnt from this file/)
  await refuses(
    { base: { ...base, sha256: attack.sha256 } },
    /attack\.tsv: contradictory: the same file as a\.tsv/,
  )
  await refuses(
    { base: { ...siteWith(foreign), name: 'base.tsv', sha256: 'e'.repeat(64) } },
    /base\.tsv: line \d+: udp-query 00002d322e302d4f/,
  )
  await refuses(
    { attack: { ...attack, census: { ...attack.census, rows: [...clean.rows] } } },
    /attack\.tsv: contra/,
  )
})

t.test('a threshold follows an attack that was flagged, where clean traffic leaves room', async (t) => {
  const rows = (...losses: number[]) =>
    losses.map((loss) => ({ program: 'a', pattern: '0'.repeat(16), count: 1, loss }))
  const keep = (clean: number[], before: number[], after: number[]) =>
    keepFlagging({ threshold: 0.5, thresholdMethod: 'fitted' }, 0.4, rows(...clean), [
      rows(...before),
      rows(...after),
    ])
  t.same(keep([0.1], [0.6, 0.3], [0.6, 0.2]), { threshold: 0.5, thresholdMethod: 'fitted' })
  t.match(keep([0.1, 0.2], [0.45, 0.6], [0.3, 0.6]), {
    threshold: 0.25,
    thresholdMethod: /^fitted; then lowered to 0\.250000, below an attack at 0\.300000/,
  })
  t.match(keep([0.35], [0.45], [0.3]), { threshold: 0.5 }, 'no room')
  t.match(keep([], [], []), { threshold: 0.5 })
})
