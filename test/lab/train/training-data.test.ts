import t from 'tap'
import { joinCensuses, MINIMUM_STREAMS } from '../../../lab/train/training-data.js'
import { madeUpCensus } from '../../support/made-up-census.js'

t.test('joins counts by context, pattern and program', async (t) => {
  const census = madeUpCensus()
  const once = joinCensuses([census])
  const twice = joinCensuses([census, census])
  t.same(
    once.map(({ context }) => context),
    ['udp-query', 'udp-response', 'tcp-query', 'tcp-response'],
  )
  t.same(once[0]!.programs, ['one', 'three', 'two'])
  t.equal(once[1]!.streams, 600)
  t.equal(twice[1]!.streams, 1200)
  t.equal(twice[1]!.patterns.length, once[1]!.patterns.length)
  const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0)
  t.equal(sum(twice[3]!.patterns[5]!.counts), 2 * sum(once[3]!.patterns[5]!.counts))
})

t.test('a bit that one census masks out is masked out of all', async (t) => {
  const census = madeUpCensus()
  const narrower = madeUpCensus()
  narrower.masks.set('udp-query', Uint8Array.from([0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff]))
  for (const row of narrower.rows) {
    if (row.context === 'udp-query')
      row.pattern = row.pattern.replace(/^0000(..)/, (_, byte: string) => {
        return `0000${(Number.parseInt(byte, 16) & 0xfe).toString(16).padStart(2, '0')}`
      })
  }
  const [queries] = joinCensuses([census, narrower])
  t.equal(Buffer.from(queries!.inputMask).toString('hex'), '0000feffffffffff')
  t.ok(queries!.patterns.every(({ bytes }) => (bytes[2]! & 1) === 0))
  t.equal(queries!.patterns.length, 2, 'two flag bits are left of the two that vary, one of them masked')
})

t.test('too few streams of a context, or none', async (t) => {
  t.throws(() => joinCensuses([madeUpCensus({ streams: 99 })]), {
    code: 'TRAINING_DATA',
    message: `udp-query: 99 streams, expected at least ${MINIMUM_STREAMS}`,
  })
  const census = madeUpCensus()
  census.rows = census.rows.filter((row) => row.context !== 'tcp-response')
  t.throws(() => joinCensuses([census]), { code: 'TRAINING_DATA', message: /^tcp-response: 0 streams/ })
})
