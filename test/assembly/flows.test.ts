import t from 'tap'
import { TCP_ACK } from '../../bench/traffic/frames.js'
import { Random } from '../../bench/traffic/random.js'
import type { KernelBuild } from '../../core/kernel.js'
import { brokenIdentity, CLIENT, KernelHarness, SERVER } from '../support/kernel-harness.js'

const QUERY = Buffer.from('1234010000010000000000000377777700', 'hex')
const BUILDS: KernelBuild[] = ['simd', 'scalar', 'debug']

for (const build of BUILDS) {
  t.test(
    `${build}: every UDP flow's streams and anomalies are counted, both directions together`,
    async (t) => {
      // Random patterns on a random model: about half of them exceed the threshold.
      const harness = await KernelHarness.create({ build, threshold: 0.3 })
      const random = new Random(3)
      const expected = new Map<string, { streams: number; anomalies: number }>()
      let flagged = 0
      for (let packet = 0; packet < 12_000; packet++) {
        const host = random.below(40)
        const port = 2000 + random.below(20)
        const ipVersion = random.pick([4, 6] as const)
        const from = random.pick(['client', 'server'] as const)
        const client = { host: CLIENT.host + host, port }
        const [source, destination] = from === 'client' ? [client, SERVER] : [SERVER, client]
        harness.records = []
        harness.send(from, {
          ipVersion,
          sourceHost: source.host,
          sourcePort: source.port,
          destinationHost: destination.host,
          destinationPort: destination.port,
          payload: random.bytes(random.below(20)),
        })
        const [record] = harness.records
        const key = `${host} ${port} ${ipVersion}`
        const counts = expected.get(key) ?? { streams: 0, anomalies: 0 }
        counts.streams++
        if (record!.kind !== 'clean') counts.anomalies++
        expected.set(key, counts)
        if (record!.kind === 'anomaly') flagged++
        if (record!.flowStreams !== counts.streams || record!.flowAnomalies !== counts.anomalies) {
          t.match(record, { flowStreams: counts.streams, flowAnomalies: counts.anomalies }, key)
          return
        }
        if (record!.clientPort !== port || record!.serverPort !== 53 || record!.transport !== 'udp') {
          t.match(record, { clientPort: port, serverPort: 53, transport: 'udp' }, key)
          return
        }
      }
      t.ok(flagged > 1000, `${flagged} anomalies`)
      t.equal(harness.counters.flowsOpened, expected.size)
      t.equal(harness.counters.flowsEvicted, 0)
      t.equal(brokenIdentity(harness.counters), undefined)
      t.ok(harness.kernel.functions.guardsIntact())
    },
  )
}

t.test('of too many UDP flows the one not seen for longest is forgotten, and counted', async (t) => {
  const harness = await KernelHarness.create({ everyStream: true })
  const flows = 60_000
  const steady = { sourcePort: 999, payload: QUERY }
  for (let flow = 0; flow < flows; flow++) {
    harness.records = []
    harness.send('client', {
      sourceHost: 0x0b000000 + flow,
      payload: QUERY,
    })
    // Seen after every thousandth other flow, so its set never has seven that were seen since.
    if (flow % 1000 === 0) harness.send('client', steady)
  }
  const { flowsOpened, flowsEvicted } = harness.counters
  t.equal(flowsOpened, flows + 1, 'each was new')
  t.ok(flowsOpened - flowsEvicted > 25_000 && flowsOpened - flowsEvicted <= 28_672, `${flowsEvicted} evicted`)
  harness.records = []
  harness.send('client', steady)
  t.equal(harness.records[0]!.flowStreams, flows / 1000 + 1, 'the steady flow was never forgotten')
  harness.records = []
  harness.send('client', { sourceHost: 0x0b000000, payload: QUERY })
  t.equal(harness.records[0]!.flowStreams, 1, 'the first flow was')
})

t.test('a flood of UDP flows forgets no TCP connection', async (t) => {
  const harness = await KernelHarness.create()
  harness.syn('client', 1000)
  harness.tcp('client', 1001, QUERY.subarray(0, 3), TCP_ACK)
  for (let flow = 0; flow < 50_000; flow++) {
    harness.records = []
    harness.send('client', { sourceHost: 0x0b000000 + flow, payload: QUERY })
  }
  harness.records = []
  harness.tcp('client', 1004, QUERY.subarray(3), TCP_ACK)
  t.match(harness.records, [{ transport: 'tcp', context: 'tcp-query', flowStreams: 1 }])
  t.same(Buffer.from(harness.records[0]!.firstEight), QUERY.subarray(0, 8))
})

t.test('TCP connections beyond the table end the one not seen for longest', async (t) => {
  const harness = await KernelHarness.create()
  const connections = 40_000
  for (let index = 0; index < connections; index++) {
    harness.syn('client', 1000, { sourceHost: 0x0b000000 + index })
  }
  const { flowsOpened, flowsEvicted, tcpEmpty, tcpOpened } = harness.counters
  t.equal(flowsOpened, connections)
  t.equal(tcpOpened, connections)
  t.ok(flowsOpened - flowsEvicted > 15_000 && flowsOpened - flowsEvicted <= 16_384, `${flowsEvicted} evicted`)
  t.equal(tcpEmpty, flowsEvicted, 'each ended without a byte')
  harness.end()
  t.equal(harness.counters.tcpEmpty, connections)
  t.equal(brokenIdentity(harness.counters), undefined)
})
