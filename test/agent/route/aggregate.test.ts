import t from 'tap'
import { Aggregator, type AggregatorOptions, type FlowAlert } from '../../../agent/route/aggregate.js'
import type { StreamRecord } from '../../../core/stream-record.js'
import { streamRecord } from '../../support/stream-records.js'

const SECOND = 1_000_000

function aggregator(options: Partial<AggregatorOptions> = {}, published = (_: FlowAlert) => true) {
  const alerts: FlowAlert[] = []
  const settings = {
    windowMicroseconds: 10 * SECOND,
    examples: 2,
    maximumFlows: 100,
    rank: () => 0,
    ...options,
  }
  const table = new Aggregator(settings, (alert) => {
    alerts.push(alert)
    return published(alert)
  })
  const add = (second: number, fields: Partial<StreamRecord> = {}) =>
    table.add(streamRecord({ timeMicroseconds: second * SECOND, ...fields }), second * SECOND)
  const counts = () => alerts.map((alert) => alert.anomalousStreams)
  return { table, alerts, add, counts }
}

t.test('the first leaves at once, the rest of the window together at its end', async (t) => {
  const { table, alerts, add, counts } = aggregator()
  add(0, { flowStreams: 4 })
  t.same(counts(), [1])
  t.match(alerts[0], { totalStreams: 4, firstSeenMicroseconds: 0, lastSeenMicroseconds: 0, examples: [] })
  for (const second of [1, 2, 3, 4]) add(second, { flowStreams: 4 + second, messageIndex: second })
  table.closeEnded(10 * SECOND - 1)
  t.same(counts(), [1])
  t.equal(table.pendingStreams, 4)
  table.closeEnded(10 * SECOND)
  t.same(counts(), [1, 4])
  t.equal(table.pendingStreams, 0)
  t.match(alerts[1], {
    totalStreams: 8,
    firstSeenMicroseconds: SECOND,
    lastSeenMicroseconds: 4 * SECOND,
    record: { messageIndex: 1 },
  })
  t.same(
    alerts[1]!.examples.map((example) => example.messageIndex),
    [2, 3],
    'bounded, in order, without the one shown in full',
  )
})

t.test('a flow that goes on makes one alert a window, and is new again after a silent one', async (t) => {
  const { table, add, counts } = aggregator()
  for (let second = 0; second < 30; second++) {
    table.closeEnded(second * SECOND)
    add(second)
  }
  t.same(counts(), [1, 9, 10])
  table.closeEnded(30 * SECOND)
  t.same(counts(), [1, 9, 10, 10])
  table.closeEnded(40 * SECOND)
  t.equal(table.openWindows, 0, 'nothing came in the last window')
  add(41)
  t.same(counts(), [1, 9, 10, 10, 1])
})

t.test('flows are told apart by transport, addresses, ports and kind', async (t) => {
  const { table, add, counts } = aggregator()
  const different: Partial<StreamRecord>[] = [
    {},
    { transport: 'udp' },
    { kind: 'short' },
    { clientPort: 50001 },
    { serverPort: 5353 },
    { clientAddress: Uint8Array.of(10, 0, 0, 2) },
    { serverAddress: Uint8Array.of(10, 0, 0, 54) },
    { clientAddress: new Uint8Array(16).fill(10), serverAddress: new Uint8Array(16) },
    { clientAddress: new Uint8Array(16).fill(10), serverAddress: new Uint8Array(16).fill(1) },
  ]
  for (const fields of different) add(0, fields)
  t.equal(counts().length, different.length)
  t.equal(table.openWindows, different.length)
  add(1, { context: 'tcp-response', vlanIds: [7] })
  t.equal(counts().length, different.length, 'both directions are one flow')
})

t.test('when full, the oldest window is closed early: counted, nothing lost', async (t) => {
  const { table, add, counts } = aggregator({ maximumFlows: 2 })
  add(0, { clientPort: 1 })
  add(1, { clientPort: 2 })
  add(2, { clientPort: 1 })
  add(3, { clientPort: 1 })
  add(4, { clientPort: 3 })
  t.same(counts(), [1, 1, 1, 2], 'the new one makes room')
  t.equal(table.evicted, 1)
  t.equal(table.openWindows, 2)
  t.equal(table.pendingStreams, 0)
})

t.test('when full, flows whose alerts are held back close no window of others', async (t) => {
  const { table, add, counts } = aggregator({ maximumFlows: 2 }, ({ record }) => record.clientPort < 10)
  add(0, { clientPort: 1 })
  add(1, { clientPort: 2 })
  for (let port = 10; port < 100; port++) add(2, { clientPort: port })
  add(3, { clientPort: 1 })
  table.closeEnded(10 * SECOND)
  t.same([table.evicted, table.openWindows, counts().length, counts().at(-1)], [0, 2, 93, 1])
})

t.test('closing all tells what is pending', async (t) => {
  const { table, add, counts } = aggregator()
  add(0)
  add(1)
  table.closeAll(2 * SECOND)
  table.closeAll(2 * SECOND)
  t.same(counts(), [1, 1])
  t.equal(table.openWindows, 0)
})

t.test(
  'of a window the most urgent stream is shown, of equals the first; the others are examples',
  async (t) => {
    const { table, alerts, add } = aggregator({ rank: ({ loss }) => Math.floor(loss), examples: 3 })
    for (const loss of [9, 1.5, 3, 1, 3.9, 2]) add(0, { loss })
    table.closeAll(SECOND)
    t.equal(alerts[0]!.record.loss, 9, 'what left at once stays as it was')
    t.match(alerts[1], { anomalousStreams: 5, record: { loss: 3 } })
    t.same(
      alerts[1]!.examples.map((example) => example.loss),
      [1.5, 1, 3.9],
    )
  },
)

t.test('both directions are remembered as long as the flow goes on', async (t) => {
  const { table, alerts, add } = aggregator()
  const both = () => alerts.map((alert) => alert.bothDirections)
  add(0, { context: 'tcp-query' })
  add(1, { context: 'tcp-query' })
  table.closeEnded(10 * SECOND)
  t.same(both(), [false, false])
  add(11, { context: 'tcp-response' })
  table.closeEnded(20 * SECOND)
  add(21, { context: 'tcp-query' })
  table.closeEnded(30 * SECOND)
  t.same(both(), [false, false, true, true])
  table.closeEnded(40 * SECOND)
  add(41, { context: 'tcp-query' })
  t.same(both().at(-1), false, 'a new flow')
})
