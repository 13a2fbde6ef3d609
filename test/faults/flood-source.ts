import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

// Writes a pcap stream to standard output: one host floods UDP port 53 with what is no DNS, and other hosts send one
// such datagram now and then. Capture times are the wall clock. --sources many: the flood claims addresses from
// everywhere. --report FILE: how many it sent, when it is done.
const { values } = parseArgs({
  options: {
    'per-second': { type: 'string' },
    seconds: { type: 'string' },
    sources: { type: 'string' },
    report: { type: 'string' },
  },
})
const perSecond = Number(values['per-second'])
const seconds = Number(values.seconds)
const many = values.sources === 'many'

const RAW_IP = 101
const PAYLOAD = Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n')
const RECORD_BYTES = 16 + 28 + PAYLOAD.length
const BATCH_MILLISECONDS = 5
/** What was not taken in time is not sent later: a link does not wait. */
const LONGEST_BATCH_MILLISECONDS = 200
/** From one datagram of another host to the next, which is of yet another. */
const OTHER_MILLISECONDS = 1000

/** One record of a raw IPv4 datagram to 198.51.100.1 or, from others, to a server of their own. */
function put(bytes: Buffer, at: number, microseconds: number, source: number, port: number, server: number) {
  const length = 28 + PAYLOAD.length
  bytes.writeUInt32LE(Math.floor(microseconds / 1e6), at)
  bytes.writeUInt32LE(microseconds % 1e6, at + 4)
  bytes.writeUInt32LE(length, at + 8)
  bytes.writeUInt32LE(length, at + 12)
  const ip = at + 16
  bytes.set([0x45, 0, 0, length, 0, 0, 0, 0, 64, 17, 0, 0], ip)
  bytes.writeUInt32BE(source, ip + 12)
  bytes.writeUInt32BE(server, ip + 16)
  bytes.writeUInt16BE(port, ip + 20)
  bytes.writeUInt16BE(53, ip + 22)
  bytes.writeUInt16BE(8 + PAYLOAD.length, ip + 24)
  bytes.writeUInt16BE(0, ip + 26)
  PAYLOAD.copy(bytes, ip + 28)
}

const header = Buffer.alloc(24)
header.writeUInt32LE(0xa1b2c3d4, 0)
header.writeUInt16LE(2, 4)
header.writeUInt16LE(4, 6)
header.writeUInt32LE(65_535, 16)
header.writeUInt32LE(RAW_IP, 20)
process.stdout.write(header)

const began = Date.now()
let last = began
let sent = 0
let others = 0
while (Date.now() - began < 1000 * seconds) {
  const now = Date.now()
  const due = sent + Math.round((Math.min(now - last, LONGEST_BATCH_MILLISECONDS) * perSecond) / 1000)
  last = now
  const otherDue = Math.floor((now - began) / OTHER_MILLISECONDS) > others ? 1 : 0
  const bytes = Buffer.alloc((due - sent + otherDue) * RECORD_BYTES)
  let at = 0
  for (; sent < due; sent++, at += RECORD_BYTES) {
    const source = many ? Math.imul(sent + 1, 0x9e3779b1) >>> 0 : 0xc0000201
    put(bytes, at, now * 1000, source, 1024 + (sent % 60_000), 0xc6336401)
  }
  if (otherDue === 1) {
    others++
    put(bytes, at, now * 1000, 0x0a000001 + (others << 8), 5000, 0xcb007100 + others)
  }
  if (bytes.length > 0 && !process.stdout.write(bytes)) await once(process.stdout, 'drain')
  await new Promise((resolve) => setTimeout(resolve, BATCH_MILLISECONDS))
}
writeFileSync(values.report!, JSON.stringify({ flood: sent, others, seconds: (Date.now() - began) / 1000 }))
