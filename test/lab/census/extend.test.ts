import t from 'tap'
import { extendCensus } from '../../../lab/census/extend.js'
import { madeUpCensus } from '../../support/made-up-census.js'

t.test('adds captures, and replaces those of a program that is recorded again', async (t) => {
  const census = madeUpCensus({ streams: 100 })
  const [first, ...others] = census.captures
  const added = {
    captures: [
      { ...first!, sha256: 'b'.repeat(64) },
      { ...first!, name: 'new.pcap', program: 'new' },
    ],
    masks: census.masks,
    rows: [
      { context: 'udp-query', program: first!.program, pattern: '0000010000010000', count: 7 },
      { context: 'udp-query', program: 'new', pattern: '0000010000010000', count: 9 },
    ] as const,
  }
  const whole = extendCensus(census, { ...added, rows: [...added.rows] })
  t.same(whole.captures, [...others, ...added.captures])
  t.same(whole.masks, census.masks)
  t.same(
    whole.rows.filter(({ program }) => program === first!.program || program === 'new'),
    added.rows,
  )
  t.same(
    whole.rows.filter(({ program }) => others.some((other) => other.program === program)),
    census.rows.filter(({ program }) => program !== first!.program),
  )
})
