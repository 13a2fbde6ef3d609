import t from 'tap'
import { DEFAULT_CALIBRATION } from '../../../lab/calibrate/calibrate.js'
import { leaveLabelsOut } from '../../../lab/calibrate/labels-left-out.js'
import { attackCensus } from '../../support/attack-census.js'
import { base, calibrated } from '../../support/made-up-model.js'

t.test('a label that looks like clean traffic passes, the others do not', async (t) => {
  const census = attackCensus(6)
  const clean = base.census.rows.find(({ context }) => context === 'udp-query')!
  census.rows.push({ context: 'udp-query', program: 'mimic', pattern: clean.pattern, count: 5 })
  const results = await leaveLabelsOut(calibrated, { census, name: 'attack.tsv' }, DEFAULT_CALIBRATION)
  t.same(
    results.map(({ context }) => context),
    ['udp-query', 'udp-response', 'tcp-query', 'tcp-response'],
  )
  t.equal(results[0]!.patterns, 61)
  t.equal(results[0]!.missed.mimic, 1)
})
