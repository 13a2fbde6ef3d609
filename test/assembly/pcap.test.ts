import { readFileSync } from 'node:fs'
import t from 'tap'
import { Scorer } from '../../agent/score/scorer.js'
import { pcapOf } from '../../bench/traffic/capture.js'
import { buildFrame, TCP_ACK, TCP_SYN } from '../../bench/traffic/frames.js'
import type { StreamRecord } from '../../core/stream-record.js'
import {
  type CapturedPacket,
  PcapngWriter,
  pcap,
  pcapng,
  VARIANTS,
  type Variant,
} from '../support/capture-bytes.js'
import { brokenIdentity, CLIENT, KernelHarness, SERVER, START_TIME } from '../support/kernel-harness.js'

const { kernel } = await KernelHarness.create()

const frameOf = (number: number) =>
  buildFrame({
    encapsulation: 'ethernet',
    ipVersion: 4,
    transport: 'udp',
    sourceHost: CLIENT.host,
    sourcePort: CLIENT.port,
    destinationHost: SERVER.host,
    destinationPort: SERVER.port,
    payload: Buffer.from(`00${number.toString(16).padStart(2, '0')}0100000100000000000`, 'hex'),
  })
const PACKETS: CapturedPacket[] = [0, 1, 2].map((number) => ({
  frame: frameOf(number),
  microseconds: START_TIME + number * 1_500_001,
}))
const FORMATS = { pcap, pcapng }

/** Feeds bytes in pieces of at most `size`; returns what was reported. */
function read(bytes: Uint8Array, size = Number.POSITIVE_INFINITY): StreamRecord[] {
  kernel.reset(1)
  const records: StreamRecord[] = []
  const scorer = new Scorer(kernel, (record) => records.push(record))
  for (let at = 0; at < bytes.length; ) {
    const space = scorer.chunkSpace()
    const piece = bytes.subarray(at, at + Math.min(size, space.length))
    space.set(piece)
    scorer.chunk(piece.length)
    at += piece.length
  }
  scorer.end()
  return records
}

const timesOf = (records: StreamRecord[]) => records.map((record) => record.timeMicroseconds)
const TIMES = PACKETS.map((packet) => packet.microseconds)

for (const [format, make] of Object.entries(FORMATS)) {
  for (const variant of VARIANTS) {
    const name = `${format}, ${variant.bigEndian ? 'big' : 'little'}-endian, ${variant.nanoseconds ? 'nano' : 'micro'}seconds`
    t.test(`${name}: read whole and cut at every byte`, async (t) => {
      const bytes = make(PACKETS, variant)
      t.same(timesOf(read(bytes)), TIMES)
      for (let size = 1; size <= bytes.length; size++) {
        if (timesOf(read(bytes, size)).join() !== TIMES.join()) t.fail(`in pieces of ${size}`)
      }
    })
    t.test(`${name}: truncated at every length`, async (t) => {
      const bytes = make(PACKETS, variant)
      const whole = new Set<number>([recordEnds(make, variant, 0)])
      for (let count = 1; count <= PACKETS.length; count++) whole.add(recordEnds(make, variant, count))
      for (let length = 0; length < bytes.length; length++) {
        let code = ''
        try {
          read(bytes.subarray(0, length))
        } catch (error) {
          code = (error as { code: string }).code
        }
        const expected =
          length === 0 ? 'CAPTURE_FILE_FORMAT' : whole.has(length) ? '' : 'CAPTURE_FILE_TRUNCATED'
        // A pcapng section header alone is a complete file.
        if (code !== expected && !(format === 'pcapng' && length === 28 && code === ''))
          t.equal(code, expected, `at ${length}`)
      }
      t.equal(brokenIdentity(kernel.counters()), undefined)
    })
  }
}

function recordEnds(make: typeof pcap, variant: Variant, count: number): number {
  return make(PACKETS.slice(0, count), variant).length
}

t.test('pcapng: blocks of every kind, several sections and interfaces', async (t) => {
  const little = new PcapngWriter(false)
  const big = new PcapngWriter(true)
  const second = BigInt(START_TIME / 1e6)
  const records = read(
    Buffer.concat([
      little.section(),
      little.interface(1),
      little.interface(1, { resolution: 0x80 | 20 }),
      little.interface(1, { resolution: 3, offset: 100 }),
      little.block(5, Buffer.alloc(8)), // interface statistics
      little.packet(1, (second << 20n) + (1n << 19n), frameOf(1)),
      little.packet(2, second * 1000n + 7n, frameOf(2)),
      little.oldPacket(0, second * 1_000_000n, frameOf(3)),
      little.simplePacket(frameOf(4)),
      little.packet(9, 0n, frameOf(5)),
      little.block(0x0bad, Buffer.alloc(900_000)), // larger than the kernel's input memory
      big.section(),
      big.interface(1, { resolution: 0, offset: -5 }),
      big.packet(0, second, frameOf(6)),
      big.packet(1, second, frameOf(7)),
    ]),
  )
  t.same(timesOf(records), [
    START_TIME + 500_000,
    START_TIME + 100_000_000 + 7000,
    START_TIME,
    START_TIME,
    START_TIME - 5_000_000,
  ])
  t.equal(kernel.counters().undecoded['interface-unknown'], 2)
})

t.test('damage is named with its offset', async (t) => {
  const file = pcap(PACKETS, { bigEndian: false, nanoseconds: false })
  const ng = pcapng(PACKETS, { bigEndian: false, nanoseconds: false })
  const damaged = (bytes: Buffer, edit: (copy: Buffer) => void) => {
    const copy = Buffer.from(bytes)
    edit(copy)
    return copy
  }
  const section = 28
  const packetBlock = recordEnds(pcapng, { bigEndian: false, nanoseconds: false }, 0)
  const cases: [string, Buffer, string, number, RegExp][] = [
    ['no capture', Buffer.from('hello, world'), 'CAPTURE_FILE_FORMAT', 0, /magic/],
    ['pcap version 3', damaged(file, (b) => b.writeUInt16LE(3, 4)), 'CAPTURE_FILE_CORRUPT', 4, /version/],
    [
      'huge record',
      damaged(file, (b) => b.writeUInt32LE(0xffffffff, 32)),
      'CAPTURE_FILE_CORRUPT',
      32,
      /262,144/,
    ],
    ['byte order', damaged(ng, (b) => b.writeUInt32LE(1, 8)), 'CAPTURE_FILE_CORRUPT', 8, /byte-order/],
    [
      'block of 13',
      damaged(ng, (b) => b.writeUInt32LE(13, section + 4)),
      'CAPTURE_FILE_CORRUPT',
      section + 4,
      /multiple/,
    ],
    ['lengths differ', damaged(ng, (b) => b.writeUInt32LE(99, 24)), 'CAPTURE_FILE_CORRUPT', 24, /trailing/],
    [
      'packet past its block',
      damaged(ng, (b) => b.writeUInt32LE(5000, packetBlock + 20)),
      'CAPTURE_FILE_CORRUPT',
      packetBlock + 20,
      /longer/,
    ],
    ['pcapng version 2', damaged(ng, (b) => b.writeUInt16LE(2, 12)), 'CAPTURE_FILE_CORRUPT', 12, /version/],
  ]
  for (const [name, bytes, code, offset, message] of cases) {
    t.throws(() => read(bytes), { code, message, details: { offset } }, name)
  }
})

t.test('a section with too many interfaces, and one with an impossible clock', async (t) => {
  const writer = new PcapngWriter(false)
  t.throws(
    () => read(Buffer.concat([writer.section(), ...Array.from({ length: 257 }, () => writer.interface(1))])),
    {
      code: 'CAPTURE_FILE_CORRUPT',
      message: /256 interfaces/,
    },
  )
  t.throws(() => read(Buffer.concat([writer.section(), writer.interface(1, { resolution: 127 })])), {
    message: /time resolution/,
  })
})

t.test('packets later than asked for are held back', async (t) => {
  for (const make of Object.values(FORMATS)) {
    kernel.reset(1)
    const records: StreamRecord[] = []
    const scorer = new Scorer(kernel, (record) => records.push(record))
    const bytes = make(PACKETS, { bigEndian: false, nanoseconds: false })
    scorer.chunkSpace().set(bytes)
    t.equal(scorer.chunk(bytes.length, TIMES[0]), TIMES[1])
    t.equal(records.length, 1)
    t.equal(scorer.chunk(0, TIMES[0]), TIMES[1])
    t.equal(scorer.chunk(0, TIMES[1]), TIMES[2])
    t.equal(scorer.chunk(0), undefined)
    t.same(timesOf(records), TIMES)
  }
})

t.test('a segment of 252,000 bytes makes no more records than fit', async (t) => {
  kernel.reset(1)
  const records: StreamRecord[] = []
  const segment = (flags: number, sequence: number) =>
    buildFrame({
      encapsulation: 'ethernet',
      ipVersion: 4,
      transport: 'tcp',
      sourceHost: CLIENT.host,
      sourcePort: CLIENT.port,
      destinationHost: SERVER.host,
      destinationPort: SERVER.port,
      payload: Buffer.alloc(0),
      flags,
      sequence,
    })
  const message = Buffer.from('000c123401000001000000000000', 'hex')
  const offloaded = Buffer.concat([segment(TCP_ACK, 100), ...new Array<Buffer>(18_000).fill(message)])
  offloaded.writeUInt16BE(0, 16) // total length of IPv4: left to the network card
  const scorer = new Scorer(kernel, (record) => records.push(record))
  const bytes = pcapOf([segment(TCP_SYN, 99), offloaded])
  scorer.chunkSpace().set(bytes)
  scorer.chunk(bytes.length)
  t.equal(records.length, Math.floor(65_535 / message.length), 'what lies within 65,535 bytes')
  scorer.flushStreams()
  t.match(kernel.counters(), { tcpGaps: 1, tcpLaterShort: 0 }, 'the rest was missed')
  t.ok(kernel.functions.guardsIntact())
})

t.test('more records than fit at once are all handed over', async (t) => {
  const many = Array.from({ length: 20_000 }, (_, number) => ({
    frame: frameOf(number & 255),
    microseconds: START_TIME,
  }))
  t.equal(read(pcap(many, { bigEndian: false, nanoseconds: false })).length, 20_000)
})

t.test(
  'the recorded office cut at every length: whole packets are scored, the cut is named, all is accounted',
  async (t) => {
    const bytes = readFileSync(new URL('../../../lab/captures/demo.pcap', import.meta.url))
    kernel.reportEveryStream(false)
    let complete = 0
    for (let length = 0; length <= bytes.length; length++) {
      let code = ''
      try {
        read(bytes.subarray(0, length))
      } catch (error) {
        code = (error as { code: string }).code
      }
      if (code === '') complete++
      const expected = length === 0 ? 'CAPTURE_FILE_FORMAT' : 'CAPTURE_FILE_TRUNCATED'
      if (code !== '' && code !== expected) t.equal(code, expected, `at ${length}`)
      const broken = brokenIdentity(kernel.counters(), false)
      if (broken !== undefined) t.fail(`at ${length}: ${broken}`)
    }
    t.equal(complete, 1 + kernel.counters().packets, 'the header alone, and the end of each packet')
  },
)
