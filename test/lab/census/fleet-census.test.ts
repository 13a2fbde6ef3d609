import t from 'tap'
import { formatCensus } from '../../../lab/census/census.js'
import { fleetCensus, type ReceivedCensus } from '../../../lab/census/fleet-census.js'
import { parseCensus } from '../../../lab/census/read-census.js'
import { contextCensus, sampleCensus } from '../../support/sample-census.js'
import { sampleHeader } from '../../support/sample-messages.js'

const PATTERN = '0000010000010000'
let digests = 0

function from(node: string, number: number, count: number, overflow = 0): ReceivedCensus {
  const contexts = [contextCensus('udp-query', { [PATTERN]: count }, overflow)]
  const census = sampleCensus({ header: sampleHeader({ node }), number, contexts })
  return { census, sha256: `${++digests}`.padStart(64, '0') }
}

t.test('intervals of an agent are one, agents stay apart, overflow is cut', async (t) => {
  const census = fleetCensus([from('a', 1, 3), from('b', 1, 5, 7), from('a', 2, 4), from('b', 2, 1, 1)])
  t.same(
    census.rows.map(({ program, count }) => [program, count]),
    [
      ['branch-17/a', 7],
      ['branch-17/b', 6],
    ],
  )
  t.same(census.cuts, [{ context: 'udp-query', program: 'branch-17/b', streams: 8 }])
  t.same(
    census.captures.map(({ name, commands }) => [name, commands]),
    ['a', 'b'].map((node) => [
      `branch-17/${node}`,
      ['counted live from 2026-09-21T14:13:20.000000Z to 2026-09-21T15:13:20.000000Z'],
    ]),
  )
  t.same(parseCensus(formatCensus(census), 'x').rows, census.rows, 'it is a census file')
})

t.test('the same messages give the same file, in whatever order they came', async (t) => {
  const messages = [from('b', 1, 3), from('a', 1, 5), from('a', 2, 5)]
  t.equal(formatCensus(fleetCensus(messages)), formatCensus(fleetCensus(messages.toReversed())))
})

t.test('agents that count with different masks do not fit one census', async (t) => {
  const other = from('b', 1, 3)
  other.census.contexts[0]!.inputMask = Buffer.alloc(8, 255)
  t.throws(() => fleetCensus([from('a', 1, 1), other]), { code: 'TRAINING_DATA', hint: /--model/ })
})

t.test('more patterns than a census holds are refused', async (t) => {
  const messages = Array.from({ length: 17 }, (_, node) => {
    const entry = from(`n${node}`, 1, 1)
    const patterns = Buffer.alloc(8 * 4000)
    for (let row = 0; row < 4000; row++) patterns.writeUInt32BE(row, 8 * row + 4)
    Object.assign(entry.census.contexts[0]!, { patterns, counts: Array(4000).fill(1) })
    return entry
  })
  t.throws(() => fleetCensus(messages), { code: 'TRAINING_DATA', message: /68000 patterns/ })
})
