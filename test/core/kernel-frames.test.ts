import t from 'tap'
import {
  buildFrame,
  ENCAPSULATIONS,
  type FrameParts,
  LINK_TYPES,
  TCP_SYN,
} from '../../bench/traffic/frames.js'
import { Random } from '../../bench/traffic/random.js'
import { hasSimd, type KernelBuild } from '../../core/kernel.js'
import type { FlowEnds, Frame, FrameRing } from '../../core/kernel-frames.js'
import { pcap, pcapng, VARIANTS } from '../support/capture-bytes.js'
import { CLIENT, KernelHarness, SERVER, START_TIME } from '../support/kernel-harness.js'

const BUILDS: KernelBuild[] = ['debug', 'scalar', ...(hasSimd() ? (['simd'] as const) : [])]
const QUERY = Buffer.from('1234010000010000000000000377777700', 'hex')
const PARTS: FrameParts = {
  encapsulation: 'ethernet',
  ipVersion: 4,
  transport: 'udp',
  sourceHost: CLIENT.host,
  sourcePort: CLIENT.port,
  destinationHost: SERVER.host,
  destinationPort: SERVER.port,
  payload: QUERY,
}

function flowOf(parts: Pick<FrameParts, 'ipVersion' | 'transport'>, clientPort = CLIENT.port): FlowEnds {
  const address = (host: number) => {
    const bytes = Buffer.alloc(parts.ipVersion === 4 ? 4 : 16)
    if (parts.ipVersion === 6) bytes.writeUInt32BE(0x20010db8, 0)
    bytes.writeUInt32BE(host, bytes.length - 4)
    return bytes
  }
  return {
    transport: parts.transport,
    clientAddress: address(CLIENT.host),
    clientPort,
    serverAddress: address(SERVER.host),
    serverPort: SERVER.port,
  }
}

function watched(ring: FrameRing, mark: number, from = ring.before(ring.slots)): (Frame | undefined)[] {
  const frames: (Frame | undefined)[] = []
  ring.eachWatched(from, (found, number) => {
    if (found === mark) frames.push(ring.read(number))
  })
  return frames
}

for (const build of BUILDS) {
  const harness = await KernelHarness.create({ build })
  const { kernel } = harness
  const ring = kernel.frames
  const begin = (bytes = 65_536) => {
    harness.clear()
    ring.keep(bytes)
  }

  t.test(`${build}: a flow's frames, whatever they are wrapped in, and no others`, async (t) => {
    for (const encapsulation of ENCAPSULATIONS) {
      for (const ipVersion of [4, 6] as const) {
        for (const transport of ['udp', 'tcp'] as const) {
          begin()
          const parts = { encapsulation, ipVersion, transport, flags: TCP_SYN }
          const other = transport === 'udp' ? 'tcp' : 'udp'
          harness.send('client', { ...parts, sourcePort: 40_001, payload: QUERY })
          harness.send('client', { ...parts, payload: QUERY })
          harness.send('client', { ...parts, transport: other, payload: QUERY })
          harness.send('server', { ...parts, payload: QUERY.subarray(0, 12) })
          const mark = ring.watch(flowOf(parts))
          harness.send('client', { ...parts, payload: QUERY.subarray(0, 9) })
          harness.send('client', { ...parts, destinationHost: SERVER.host + 1, payload: QUERY })
          const frames = watched(ring, mark)
          t.same(
            frames.map((frame) => frame?.timeMicroseconds),
            [2, 4, 5].map((n) => harness.time + (n - 6) * 10),
            `${encapsulation} ${ipVersion} ${transport}`,
          )
          const sent = buildFrame({ ...PARTS, ...parts, payload: QUERY })
          t.same(Buffer.from(frames[0]!.bytes), sent)
          t.match(frames[0], { linkType: LINK_TYPES[encapsulation], originalLength: sent.length })
        }
      }
    }
  })

  t.test(`${build}: what is not on a server port, or not decoded, is not kept`, async (t) => {
    begin()
    harness.send('client', { destinationPort: 443, payload: QUERY })
    harness.frame(Buffer.alloc(40))
    t.equal(ring.end, 0)
    harness.send('client', { payload: QUERY })
    t.equal(ring.end, 1)
    ring.keep(0)
    harness.send('client', { payload: QUERY })
    t.equal(ring.end, 0)
  })

  t.test(`${build}: random frames against a list, until the ring has gone round several times`, async (t) => {
    begin(3000)
    const random = new Random(7)
    const mark = ring.watch(flowOf(PARTS))
    const sent: { time: number; bytes: Buffer; original: number }[] = []
    for (let index = 0; index < 4000; index++) {
      const payload = random.bytes(8 + random.below(random.chance(0.3) ? 4000 : 60))
      const frame = buildFrame({ ...PARTS, payload })
      harness.frame(frame)
      sent.push({ time: harness.time, bytes: frame.subarray(0, 3000), original: frame.length })
    }
    const frames = watched(ring, mark)
    const held = frames.filter((frame) => frame !== undefined)
    t.same(frames.indexOf(held[0]), frames.length - held.length, 'the newest are held')
    const newest = sent.slice(-held.length)
    t.same(
      held.map(({ timeMicroseconds, originalLength }) => [timeMicroseconds, originalLength]),
      newest.map(({ time, original }) => [time, original]),
    )
    t.ok(held.every(({ bytes }, index) => Buffer.compare(bytes, newest[index]!.bytes) === 0))
    const { frames: list, next } = ring.heldOf(mark)
    t.equal(next, ring.end)
    t.equal(list.length, held.length)
    for (const [index, frame] of held.entries()) {
      const { timeMicroseconds, bytes } = list.read(index)
      const same = Buffer.compare(bytes, frame.bytes) === 0 && list.bytesOf(index) === bytes.length
      if (!same || list.timeOf(index) !== timeMicroseconds || timeMicroseconds !== frame.timeMicroseconds)
        t.fail(`frame ${index}`)
    }
    t.equal(ring.heldOf(mark + 1).frames.length, 0)
    const total = held.reduce((sum, { bytes }) => sum + bytes.length, 0)
    t.ok(total > 1_048_576 - 2 * 3016 && total < 1_048_576, `${total} bytes are held`)
    t.equal(kernel.functions.guardsIntact(), 1)
  })

  t.test(`${build}: more small frames than the index has room for`, async (t) => {
    begin()
    const mark = ring.watch(flowOf(PARTS))
    const sent = ring.slots + 700
    for (let index = 0; index < sent; index++) harness.send('client', { payload: Buffer.of(index) })
    const times: (number | undefined)[] = []
    const outcome = ring.eachWatched(0, (found, number) => {
      if (found === mark) times.push(ring.timeOf(number))
    })
    t.same(outcome, { next: sent, missed: 700 })
    t.equal(times.length, ring.slots)
    t.equal(times.at(-1), harness.time)
    t.same(
      ring.eachWatched(outcome.next, () => t.fail('nothing new')),
      { next: sent, missed: 0 },
    )
  })

  t.test(`${build}: watches, as many as there is room for, in any order`, async (t) => {
    begin()
    const random = new Random(3)
    const marks = new Map<number, number>()
    const port = (n: number) => 30_000 + n
    for (let step = 0; step < 2000; step++) {
      const n = random.below(90)
      const mark = marks.get(n)
      if (mark !== undefined) {
        ring.unwatch(mark)
        marks.delete(n)
      } else {
        const added = ring.watch(flowOf(PARTS, port(n)))
        if (marks.size === ring.mostWatches) t.equal(added, 0, 'no room')
        else marks.set(n, added)
      }
    }
    t.equal(new Set(marks.values()).size, marks.size)
    t.notOk([...marks.values()].includes(0))
    const from = ring.end
    for (let n = 0; n < 90; n++) harness.send('client', { sourcePort: port(n), payload: QUERY })
    const found: number[] = []
    ring.eachWatched(from, (mark) => found.push(mark))
    t.same(
      found,
      [...marks.keys()].sort((a, b) => a - b).map((n) => marks.get(n)),
    )
    for (const mark of marks.values()) ring.unwatch(mark)
    const end = ring.end
    harness.send('client', { sourcePort: port(1), payload: QUERY })
    t.same(
      ring.eachWatched(end, () => t.fail('nobody watches')),
      { next: end + 1, missed: 0 },
    )
    t.equal(kernel.functions.guardsIntact(), 1)
  })
}

t.test('original lengths and times come from the capture, in every format', async (t) => {
  const { kernel } = await KernelHarness.create()
  const frame = buildFrame({ ...PARTS, payload: QUERY })
  for (const make of [pcap, pcapng]) {
    for (const variant of VARIANTS) {
      const bytes = make([{ frame, microseconds: START_TIME }], variant)
      // The original length stands before the frame in either format.
      const at = bytes.indexOf(frame) - 4
      if (variant.bigEndian) bytes.writeUInt32BE(1500, at)
      else bytes.writeUInt32LE(1500, at)
      kernel.reset(1)
      kernel.frames.keep(2048)
      kernel.inputSpace().set(bytes)
      t.equal(kernel.walk(bytes.length, Number.POSITIVE_INFINITY), 'all')
      const [found] = watched(kernel.frames, kernel.frames.watch(flowOf(PARTS)))
      t.match(found, { originalLength: 1500, timeMicroseconds: START_TIME, linkType: 1 })
      t.same(Buffer.from(found!.bytes), frame)
    }
  }
})
