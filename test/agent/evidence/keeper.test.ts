import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { EvidenceKeeper, type EvidenceSettings } from '../../../agent/evidence/keeper.js'
import { communityId } from '../../../core/community-id.js'
import type { StreamRecord } from '../../../core/stream-record.js'
import { firsteight } from '../../../generated/messages.js'
import { evidenceId } from '../../support/evidence-content.js'
import { KernelHarness } from '../../support/kernel-harness.js'
import { createListLog } from '../../support/link.js'
import { requires } from '../../support/requires.js'
import { tshark } from '../../support/wireshark.js'

const TSHARK = requires({ programs: ['tshark'] })
const PAYLOAD = Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n')
const SETTINGS: EvidenceSettings = {
  enabled: true,
  budgetBytes: 4 * 1024 * 1024,
  packetsPerFlow: 8,
  bytesPerFlow: 65_536,
  bytesPerPacket: 4096,
  afterSeconds: 1,
}

async function begin(t: Test, change: Partial<EvidenceSettings> = {}, place?: string | 'none') {
  const harness = await KernelHarness.create({ threshold: 1e-9 })
  const folder = place === 'none' ? undefined : (place ?? t.testdir())
  const { log, lines } = createListLog()
  const keeper = new EvidenceKeeper({
    ring: harness.kernel.frames,
    settings: { ...SETTINGS, ...change },
    folder,
    node: { site: 'branch-17', node: 'gate' },
    log,
  })
  await keeper.start()
  /** One datagram of the client with this port, and the record of it. */
  const send = (port: number, bytes: Buffer = PAYLOAD): StreamRecord => {
    harness.send('client', { sourcePort: port, payload: bytes })
    return harness.records.at(-1)!
  }
  return { harness, keeper, lines, send, folder }
}

function anomalyOf(record: StreamRecord): firsteight.v1.Anomaly.$Properties {
  return {
    flow: {
      transport: firsteight.v1.Transport.UDP,
      clientAddress: record.clientAddress,
      clientPort: record.clientPort,
      serverAddress: record.serverAddress,
      serverPort: record.serverPort,
      communityId: communityId(record),
    },
    lastSeenMicroseconds: record.timeMicroseconds,
    modelId: 'ab'.repeat(32),
  }
}

/** Capture times in a file as tshark reads it, microseconds since 1970. */
function timesIn(path: string): number[] {
  return tshark(path, ['frame.time_epoch']).map(([time]) => Math.round(Number(time) * 1e6))
}

t.test('packets before and after the alert, of the flow alone, in two sections', TSHARK, async (t) => {
  const { harness, keeper, send, folder } = await begin(t)
  const wanted = [send(40_000), send(40_001), send(40_000), send(40_002), send(40_000)]
    .filter(({ clientPort }) => clientPort === 40_000)
    .map(({ timeMicroseconds }) => timeMicroseconds)
  const evidence = keeper.attach(evidenceId(1), anomalyOf(harness.records.at(-1)!))!
  t.match(evidence, { eventId: evidenceId(1), packets: 3 })
  t.ok(keeper.isOpen(evidenceId(1)))
  harness.send('server', { destinationPort: 40_000, payload: PAYLOAD })
  wanted.push(harness.time)
  send(40_001)
  wanted.push(send(40_000).timeMicroseconds)
  keeper.follow()
  await keeper.store!.settled()
  const path = join(folder!, `${evidenceId(1)}.pcapng`)
  const before = readFileSync(path)
  t.equal(before.length, evidence.sectionBytes)
  t.same(createHash('sha256').update(before).digest(), evidence.sha256)

  harness.time += 1_100_000
  send(40_000)
  keeper.tick(harness.time)
  t.notOk(keeper.isOpen(evidenceId(1)))
  await keeper.stop()
  t.same(timesIn(path), wanted, 'the last one came too late')
  const content = readFileSync(path)
  t.same(createHash('sha256').update(content.subarray(0, evidence.sectionBytes!)).digest(), evidence.sha256)
  t.match(
    content.toString('latin1'),
    new RegExp(
      `event ${evidenceId(1)}; node branch-17/gate; model abab.*; flow 1:.*; captured up to the alert`,
    ),
  )
  t.match(keeper.counters(), {
    flows: 1,
    packets: 5,
    files: 1,
    watchedFlows: 0,
    without: 0,
    missedPackets: 0,
  })
})

t.test('a flow that goes on has one file; its later alerts name it, until it is old or gone', async (t) => {
  const { harness, keeper, send } = await begin(t)
  const first = keeper.attach(evidenceId(1), anomalyOf(send(40_000)))
  t.same(keeper.attach(evidenceId(2), anomalyOf(send(40_000))), first)
  t.equal(keeper.attach(evidenceId(3), anomalyOf(send(40_001)))?.eventId, evidenceId(3))
  harness.time += 601e6
  keeper.tick(harness.time)
  t.equal(keeper.attach(evidenceId(4), anomalyOf(send(40_000)))?.eventId, evidenceId(4))
  await keeper.stop()
  t.equal(keeper.counters()!.files, 3)
})

t.test('a full file ends the collection', TSHARK, async (t) => {
  const { keeper, send, folder } = await begin(t)
  for (let index = 0; index < 20; index++) send(40_000)
  keeper.attach(evidenceId(1), anomalyOf(send(40_000)))
  for (let index = 0; index < 20; index++) send(40_000)
  keeper.follow()
  t.notOk(keeper.isOpen(evidenceId(1)))
  await keeper.stop()
  t.equal(timesIn(join(folder!, `${evidenceId(1)}.pcapng`)).length, SETTINGS.packetsPerFlow)
})

t.test('more flows than can be watched: the oldest ends early, and keeps what it has', TSHARK, async (t) => {
  const { harness, keeper, send, folder } = await begin(t)
  const most = harness.kernel.frames.mostWatches
  for (let flow = 0; flow <= most; flow++) {
    keeper.attach(evidenceId(flow), anomalyOf(send(40_000 + flow)))
    send(40_000 + flow)
  }
  t.match(keeper.counters(), { watchedFlows: most, endedEarly: 1, flows: most + 1 })
  t.notOk(keeper.isOpen(evidenceId(0)))
  await keeper.stop()
  t.equal(readdirSync(folder!).length, most + 1)
  for (const flow of [0, 1, most]) {
    t.equal(timesIn(join(folder!, `${evidenceId(flow)}.pcapng`)).length, 2, `flow ${flow}`)
  }
})

t.test('when the ring has gone round: packets lost are counted, alerts without any say so', async (t) => {
  const { harness, keeper, send } = await begin(t, { packetsPerFlow: 1024, bytesPerFlow: 1_048_576 })
  const large = Buffer.alloc(4000)
  const gone = send(40_000)
  for (let index = 0; index < 300; index++) send(40_001, large)
  t.equal(keeper.attach(evidenceId(1), anomalyOf(gone)), undefined)
  t.equal(keeper.counters()!.without, 1)
  t.ok(keeper.attach(evidenceId(2), anomalyOf(send(40_002))))
  for (let index = 0; index < 300; index++) send(40_002, large)
  keeper.follow()
  const { missedPackets } = keeper.counters()!
  t.ok(missedPackets > 0 && missedPackets < 300, `${missedPackets} were overwritten`)
  for (let index = 0; index < harness.kernel.frames.slots + 5; index++) send(40_003, Buffer.alloc(8))
  keeper.follow()
  t.ok(keeper.counters()!.missedPackets >= missedPackets + 5, 'also those that the index has forgotten')
  await keeper.stop()
  t.equal(keeper.counters()!.packets, 301 - missedPackets)
})

t.test(
  'switched off, without a folder, or with one that cannot be used, alerts have no evidence',
  async (t) => {
    const folder = t.testdir({ file: 'not a folder' })
    const cases = [
      { change: { enabled: false }, folder, says: undefined },
      { change: {}, folder: 'none', says: /no state folder/ },
      { change: {}, folder: join(folder, 'file'), says: /no packets are kept as evidence.*file/ },
    ]
    for (const { change, folder, says } of cases) {
      const { harness, keeper, lines, send } = await begin(t, change, folder)
      t.equal(keeper.attach(evidenceId(1), anomalyOf(send(40_000))), undefined)
      t.equal(keeper.counters(), undefined)
      t.equal(harness.kernel.frames.end, 0, 'the kernel keeps no frames')
      if (says === undefined) t.same(lines, [])
      else t.match(lines.join(''), says)
      await keeper.stop()
    }
    t.same(readdirSync(folder), ['file'])
    t.ok(existsSync(folder))
  },
)
