import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { putDatagram, RECORD_BYTES, streamHeader } from './datagrams.js'

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

const BATCH_MILLISECONDS = 5
/** What was not taken in time is not sent later: a link does not wait. */
const LONGEST_BATCH_MILLISECONDS = 200
/** From one datagram of another host to the next, which is of yet another. */
const OTHER_MILLISECONDS = 1000

process.stdout.write(streamHeader())

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
    const client = many ? Math.imul(sent + 1, 0x9e3779b1) >>> 0 : 0xc0000201
    putDatagram(bytes, at, now * 1000, { client, port: 1024 + (sent % 60_000), server: 0xc6336401 })
  }
  if (otherDue === 1) {
    others++
    const flow = { client: 0x0a000001 + (others << 8), port: 5000, server: 0xcb007100 + others }
    putDatagram(bytes, at, now * 1000, flow)
  }
  if (bytes.length > 0 && !process.stdout.write(bytes)) await once(process.stdout, 'drain')
  await new Promise((resolve) => setTimeout(resolve, BATCH_MILLISECONDS))
}
writeFileSync(values.report!, JSON.stringify({ flood: sent, others, seconds: (Date.now() - began) / 1000 }))
