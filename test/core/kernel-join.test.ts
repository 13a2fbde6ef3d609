import t from 'tap'
import { buildFrame } from '../../bench/traffic/frames.js'
import { Kernel } from '../../core/kernel.js'
import { pcap, pcapng, VARIANTS } from '../support/capture-bytes.js'
import { smallModel } from '../support/models.js'

/** A kernel joins the capture stream of another one, wherever that stands in it. */

const model = smallModel(1)
const START = 1_767_225_600_000_000
const frames = Array.from({ length: 12 }, (_, index) => ({
  frame: buildFrame({
    encapsulation: 'ethernet',
    ipVersion: 4,
    transport: 'udp',
    sourceHost: 1,
    sourcePort: 4000 + index,
    destinationHost: 2,
    destinationPort: 53,
    payload: Buffer.alloc(12, index),
  }),
  microseconds: START + index * 1000,
}))

async function kernel(): Promise<Kernel> {
  const made = await Kernel.load({ seed: 1 })
  made.loadModel(model)
  made.setServerPorts([53])
  return made
}

function walk(into: Kernel, bytes: Uint8Array, until = Number.POSITIVE_INFINITY): void {
  let at = 0
  do {
    const piece = bytes.subarray(at, at + into.inputSpace().length)
    into.inputSpace().set(piece)
    into.walk(piece.length, until)
    into.takeRecords(() => {})
    at += piece.length
  } while (at < bytes.length)
}

for (const [format, write] of [
  ['pcap', pcap],
  ['pcapng', pcapng],
] as const) {
  for (const variant of VARIANTS) {
    const name = `${format}, ${variant.bigEndian ? 'big' : 'little'} endian, ${variant.nanoseconds ? 'ns' : 'us'}`
    t.test(`${name}: joined at every 7th byte, every packet is seen by exactly one or by both`, async (t) => {
      const bytes = write(frames, variant)
      const [leader, follower] = [await kernel(), await kernel()]
      for (let at = 0; at < bytes.length; at += 7) {
        leader.reset(1)
        follower.reset(1)
        walk(leader, bytes.subarray(0, at))
        const before = leader.counters().packets
        if (!follower.joinStream(leader)) t.fail('nothing is skipped here')
        t.equal(follower.counters().packets, 0)
        for (const one of [leader, follower]) walk(one, bytes.subarray(at))
        const all = leader.counters().packets
        if (all !== frames.length || follower.counters().packets !== all - before) {
          t.fail(`joined at ${at}: ${follower.counters().packets} of ${all - before}`)
        }
        if (follower.functions.latestTime() !== leader.functions.latestTime()) t.fail(`times differ at ${at}`)
        t.equal(follower.counters().contexts['udp-query'].streams, all - before)
      }
    })
  }
}

t.test('packets that are held back are held back in both', async (t) => {
  const bytes = pcap(frames, { bigEndian: false, nanoseconds: false })
  const [leader, follower] = [await kernel(), await kernel()]
  walk(leader, bytes, START + 3500)
  t.equal(leader.counters().packets, 4)
  t.ok(follower.joinStream(leader))
  for (const one of [leader, follower]) walk(one, new Uint8Array(0), START + 5500)
  t.equal(follower.counters().packets, 2)
  t.equal(leader.counters().packets, 6)
})

t.test('inside a long block that is passed over it must wait', async (t) => {
  const variant = { bigEndian: false, nanoseconds: false }
  const bytes = pcapng(frames, variant)
  const long = Buffer.alloc(600_000)
  long.writeUInt32LE(0x0bad, 0)
  long.writeUInt32LE(long.length, 4)
  long.writeUInt32LE(long.length, long.length - 4)
  const [leader, follower] = [await kernel(), await kernel()]
  walk(leader, bytes)
  walk(leader, long.subarray(0, 300_000))
  t.notOk(follower.joinStream(leader))
  walk(leader, long.subarray(300_000))
  t.ok(follower.joinStream(leader))
})
