import t from 'tap'
import { buildFrame } from '../../bench/traffic/frames.js'
import { Kernel } from '../../core/kernel.js'
import { encodeModelFile } from '../../core/model-file.js'
import type { StreamRecord } from '../../core/stream-record.js'
import { randomModel } from '../support/random-model.js'
import { checkCounters, checkMemory, checkRecord, probeLosses } from './check.js'

async function kernelWithOneDatagram(): Promise<{ kernel: Kernel; record: StreamRecord }> {
  const kernel = await Kernel.load({ seed: 1 })
  kernel.setServerPorts([53])
  kernel.loadModel(encodeModelFile(randomModel({ seed: 1 })))
  kernel.reportEveryStream(true)
  const ends = { sourceHost: 1, sourcePort: 4000, destinationHost: 2, destinationPort: 53 }
  const payload = Buffer.from('0123456789')
  const frame = buildFrame({ encapsulation: 'vlan', ipVersion: 6, transport: 'udp', ...ends, payload })
  kernel.packetBuffer.set(frame)
  kernel.packet(1, frame.length, 1)
  const records: StreamRecord[] = []
  kernel.takeRecords((record) => records.push(record))
  return { kernel, record: records[0]! }
}

t.test('a sound kernel passes', async (t) => {
  const { kernel, record } = await kernelWithOneDatagram()
  checkRecord(record)
  checkCounters(kernel.counters(), 1, true)
  checkMemory(kernel, probeLosses(kernel))
  t.pass('nothing was found')
})

t.test('every unaccounted packet is found', async (t) => {
  const { kernel } = await kernelWithOneDatagram()
  const sound = kernel.counters()
  t.throws(() => checkCounters(sound, 2, true), /packets given/)
  t.throws(() => checkCounters({ ...sound, otherPorts: 1 }, 1, true), /by outcome/)
  t.throws(() => checkCounters({ ...sound, undecoded: { reason: 1 } }, 1, true), /by outcome/)
  t.throws(() => checkCounters({ ...sound, tcpOpened: 1 }, 1, true), /TCP directions/)
  checkCounters({ ...sound, tcpOpened: 1 }, 1, false)
  const contexts = structuredClone(sound.contexts)
  contexts['udp-response'].short++
  t.throws(() => checkCounters({ ...sound, contexts }, 1, true), /UDP datagrams/)
})

t.test('every impossible record is found', async (t) => {
  const { record } = await kernelWithOneDatagram()
  const wrong: Partial<StreamRecord>[] = [
    { kind: 'other' as 'clean' },
    { context: 'tcp-query' },
    { clientAddress: new Uint8Array(5) },
    { serverAddress: new Uint8Array(4) },
    { vlanIds: [4096] },
    { timeMicroseconds: Number.NaN },
    { payloadPrefix: new Uint8Array(65) },
    { payloadLength: 1 },
    { flowStreams: 0 },
    { messageIndex: 1 },
    { firstEight: new Uint8Array(7) },
    { loss: 64 },
    { kind: 'short' },
    record.kind === 'anomaly' ? { kind: 'clean' } : { kind: 'anomaly' },
  ]
  for (const change of wrong) {
    t.throws(() => checkRecord({ ...record, ...change }), { name: 'AssertionError' }, JSON.stringify(change))
  }
})

t.test('a stray write is found', async (t) => {
  const { kernel } = await kernelWithOneDatagram()
  const losses = probeLosses(kernel)
  const bytes = new Uint8Array(kernel.functions.memory.buffer)
  const { PACKET, PACKET_BYTES } = kernel.constants
  bytes[PACKET! + PACKET_BYTES! + 3] = 1
  t.throws(() => checkMemory(kernel, losses), /guards/)
  bytes[PACKET! + PACKET_BYTES! + 3] = 0
  checkMemory(kernel, losses)
  t.throws(() => checkMemory(kernel, losses.with(3, -1)), /losses/)
})
