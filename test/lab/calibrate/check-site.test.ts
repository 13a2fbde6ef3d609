import t, { type Test } from 'tap'
import { FirsteightError } from '../../../core/errors.js'
import { checkSite, isEnough } from '../../../lab/calibrate/check-site.js'
import type { CensusFile } from '../../../lab/calibrate/read-census-file.js'
import { madeUpCensus } from '../../support/made-up-census.js'
import { attack, base, calibrated as model, siteOf, trained } from '../../support/made-up-model.js'

const clean = madeUpCensus({ streams: 400, programs: ['branch'] })

t.test('clean traffic of a site: its losses, by context', async (t) => {
  const losses = await checkSite(model, siteOf(clean))
  t.same([...losses.keys()], [...model.byContext.keys()])
  for (const rows of losses.values()) {
    t.ok(isEnough(rows))
    t.notOk(isEnough(rows.slice(0, 1).map((row) => ({ ...row, count: 99 }))))
  }
})

const refused = (t: Test, site: CensusFile, message: RegExp, of = model) =>
  t.rejects(checkSite(of, site), { code: 'TRAINING_DATA', message })

t.test(
  'refuses contaminated data, and lists every such pattern with its count and the first line',
  async (t) => {
    const rows = [...clean.rows]
    rows.splice(3, 0, { context: 'udp-query', program: 'branch', pattern: '00002d322e302d4f', count: 7 })
    rows.push({ context: 'tcp-response', program: 'branch', pattern: '535300002e302d4f', count: 2 })
    const error: unknown = await checkSite(model, siteOf({ ...clean, rows })).catch(
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
  await refused(t, { ...siteOf(clean), sha256: base.sha256 }, /learnt from this file/)
})

t.test('a model without confidence cannot tell contamination', async (t) => {
  await t.rejects(checkSite(trained, siteOf(clean)), {
    code: 'MODEL_UNSUPPORTED',
    message: /states no confidence/,
  })
})
