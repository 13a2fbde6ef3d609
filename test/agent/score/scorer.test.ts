import t from 'tap'
import { Scorer } from '../../../agent/score/scorer.js'
import { buildFrame } from '../../../bench/traffic/frames.js'
import type { StreamRecord } from '../../../core/stream-record.js'
import { pcap } from '../../support/capture-bytes.js'
import { CLIENT, KernelHarness, SERVER, START_TIME } from '../../support/kernel-harness.js'

const UDP = {
  encapsulation: 'ethernet',
  ipVersion: 4,
  transport: 'udp',
  sourceHost: CLIENT.host,
  sourcePort: CLIENT.port,
  destinationHost: SERVER.host,
  destinationPort: SERVER.port,
} as const

t.test(
  'hands over each record as packets arrive, and on a flush the streams that never reached eight bytes',
  async (t) => {
    const { kernel } = await KernelHarness.create({ everyStream: false, threshold: 2 ** -26 })
    const records: StreamRecord[] = []
    const scorer = new Scorer(kernel, (record) => records.push(record))
    const send = (frame: Buffer, microseconds: number) => {
      scorer.packetBuffer.set(frame)
      scorer.packet(1, frame.length, frame.length, microseconds)
    }
    send(buildFrame({ ...UDP, payload: Buffer.from('SSH-2.0-OpenSSH') }), START_TIME)
    t.match(records, [{ kind: 'anomaly', timeMicroseconds: START_TIME }])
    send(
      buildFrame({ ...UDP, transport: 'tcp', flags: 2, sequence: 1, payload: Buffer.alloc(0) }),
      START_TIME,
    )
    send(buildFrame({ ...UDP, transport: 'tcp', sequence: 2, payload: Buffer.from('abc') }), START_TIME + 5)
    scorer.flushStreams(START_TIME + 5)
    t.equal(records.length, 1, 'not idle yet')
    scorer.flushStreams(START_TIME + 6)
    t.match(records[1], { kind: 'short', context: 'tcp-query', timeMicroseconds: START_TIME + 5 })
    t.match(scorer.counters(), { packets: 3, contexts: { 'tcp-query': { short: 1 } } })
  },
)

t.test('a damaged stream is an error each time, what came before is scored', async (t) => {
  const { kernel } = await KernelHarness.create()
  const records: StreamRecord[] = []
  const scorer = new Scorer(kernel, (record) => records.push(record))
  const frame = buildFrame({ ...UDP, payload: Buffer.alloc(12) })
  const bytes = Buffer.concat([
    pcap([{ frame, microseconds: START_TIME }], { bigEndian: false, nanoseconds: false }),
    Buffer.alloc(16, 255),
  ])
  scorer.chunkSpace().set(bytes)
  t.throws(() => scorer.chunk(bytes.length), { code: 'CAPTURE_FILE_CORRUPT' })
  t.throws(() => scorer.chunk(0), { code: 'CAPTURE_FILE_CORRUPT' })
  t.equal(records.length, 1)
})

t.test('an empty stream is no capture', async (t) => {
  const { kernel } = await KernelHarness.create()
  t.throws(() => new Scorer(kernel, () => {}).end(), { code: 'CAPTURE_FILE_FORMAT', message: /empty/ })
})
