import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { packetBlockBytes, pcapngSection, SECTION_START_BYTES } from '../../../agent/evidence/pcapng.js'
import { buildFrame, type FrameParts, LINK_TYPES } from '../../../bench/traffic/frames.js'
import type { Frame } from '../../../core/kernel-frames.js'
import { requires } from '../../support/requires.js'
import { capinfos, tshark, tsharkFrames } from '../../support/wireshark.js'

const WIRESHARK = requires({ programs: ['tshark', 'capinfos'] })
const ABOUT = { application: 'firsteight 0.0.0', snaplen: 4096 }
const ETHERNET = 1
const RAW = 101

function frameOf(length: number, change: Partial<Frame> = {}): Frame {
  const parts: FrameParts = {
    encapsulation: 'ethernet',
    ipVersion: 4,
    transport: 'udp',
    sourceHost: 0x0a000001,
    sourcePort: 40_000,
    destinationHost: 0xc6336435,
    destinationPort: 53,
    payload: Buffer.alloc(length, length),
  }
  const bytes = buildFrame(parts)
  return {
    timeMicroseconds: 1_790_000_000_123_456 + length,
    linkType: LINK_TYPES.ethernet,
    originalLength: bytes.length,
    bytes,
    ...change,
  }
}

function written(t: Test, ...sections: Uint8Array[]): string {
  const path = join(t.testdir(), 'a.pcapng')
  writeFileSync(path, Buffer.concat(sections))
  return path
}

t.test('tshark reads every frame back: bytes, times, lengths, for every padding', WIRESHARK, async (t) => {
  const frames = Array.from({ length: 9 }, (_, index) => frameOf(8 + index))
  const path = written(t, pcapngSection({ ...ABOUT, comment: 'every padding', frames }))
  t.same(
    tsharkFrames(path),
    frames.map(({ bytes }) => Buffer.from(bytes).toString('hex')),
  )
  t.same(
    tshark(path, ['frame.time_epoch', 'frame.len', 'frame.cap_len']),
    frames.map(({ timeMicroseconds, bytes }) => [
      `${Math.floor(timeMicroseconds / 1e6)}.${String(timeMicroseconds % 1e6).padStart(6, '0')}000`,
      String(bytes.length),
      String(bytes.length),
    ]),
  )
})

t.test(
  'cut frames keep their length on the wire; link types have interfaces of their own',
  WIRESHARK,
  async (t) => {
    const whole = frameOf(100)
    const frames = [
      { ...whole, bytes: whole.bytes.subarray(0, 64) },
      { ...whole, linkType: RAW, bytes: whole.bytes.subarray(14), originalLength: 1500 },
      whole,
    ]
    const path = written(t, pcapngSection({ ...ABOUT, comment: 'two link types', frames }))
    t.same(tshark(path, ['frame.len', 'frame.cap_len', 'frame.interface_id', 'udp.dstport']), [
      ['142', '64', '0', '53'],
      ['1500', '128', '1', '53'],
      ['142', '142', '0', '53'],
    ])
    const info = capinfos(path)
    t.match(info, /two link types/)
    t.match(info, /Capture application: +firsteight 0\.0\.0/)
    t.match(info, /Number of interfaces in file: +2/)
  },
)

t.test('two sections are one file; the first alone is one, too', WIRESHARK, async (t) => {
  const first = pcapngSection({ ...ABOUT, comment: 'before', frames: [frameOf(8), frameOf(9)] })
  const second = pcapngSection({ ...ABOUT, comment: 'after', frames: [frameOf(10, { linkType: ETHERNET })] })
  t.equal(tshark(written(t, first), ['frame.len']).length, 2)
  t.same(tshark(written(t, first, second), ['frame.len']), [['50'], ['51'], ['52']])
  t.equal(
    tshark(written(t, first, pcapngSection({ ...ABOUT, comment: 'none', frames: [] })), ['frame.len']).length,
    2,
  )
})

t.test('wild times become the nearest that the format has', WIRESHARK, async (t) => {
  const wild = [-5, 0.75, 2 ** 60].map((timeMicroseconds) => frameOf(8, { timeMicroseconds }))
  const path = written(t, pcapngSection({ ...ABOUT, comment: '', frames: wild }))
  t.same(tshark(path, ['frame.time_epoch']), [['0.000000000'], ['0.000000000'], ['9007199254.740991000']])
})

t.test('lengths are known beforehand', async (t) => {
  for (const count of [0, 1, 5]) {
    const frames = Array.from({ length: count }, (_, index) => frameOf(8 + index))
    const section = pcapngSection({ ...ABOUT, comment: 'x'.repeat(10_000), frames })
    const most = SECTION_START_BYTES + frames.reduce((sum, frame) => sum + packetBlockBytes(frame), 0)
    t.ok(section.length <= most)
    t.equal(section.length % 4, 0)
    const headerLength = Buffer.from(section).readUInt32LE(4)
    t.equal(Number(Buffer.from(section).readBigInt64LE(16)), section.length - headerLength, 'section length')
  }
})
