import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { communityId } from '../../core/community-id.js'
import { pcap } from '../support/capture-bytes.js'
import { RAW_IP } from '../support/datagram-capture.js'
import { findProgram, requires } from '../support/requires.js'

/** Bytes of an IPv4 or IPv6 address,. */
function addressBytes(text: string): Uint8Array {
  if (!text.includes(':')) return Uint8Array.from(text.split('.').map(Number))
  const [head, tail] = text.split('::') as [string, string | undefined]
  const words = (part: string | undefined) =>
    part ? part.split(':').map((word) => Number.parseInt(word, 16)) : []
  const [left, right] = [words(head), words(tail)]
  const all = [...left, ...new Array(8 - left.length - right.length).fill(0), ...right]
  return Uint8Array.from(all.flatMap((word) => [word >> 8, word & 255]))
}

type Row = [
  transport: 'udp' | 'tcp',
  source: string,
  sourcePort: number,
  target: string,
  targetPort: number,
  id: string,
]

/** TCP and UDP rows of baseline/baseline_deflt.json, https://github.com/corelight/community-id-spec */
const BASELINE: Row[] = [
  [
    'tcp',
    '2001:470:e5bf:dead:4957:2174:e82c:4887',
    63943,
    '2607:f8b0:400c:c03::1a',
    25,
    '1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=',
  ],
  [
    'tcp',
    '2607:f8b0:400c:c03::1a',
    25,
    '2001:470:e5bf:dead:4957:2174:e82c:4887',
    63943,
    '1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=',
  ],
  ['tcp', '128.232.110.120', 34855, '66.35.250.204', 80, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  ['tcp', '66.35.250.204', 80, '128.232.110.120', 34855, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
  ['udp', '192.168.1.52', 54585, '8.8.8.8', 53, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
  ['udp', '8.8.8.8', 53, '192.168.1.52', 54585, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
]

function idOf([transport, source, sourcePort, target, targetPort]: Row): string {
  return communityId({
    transport,
    clientAddress: addressBytes(source),
    clientPort: sourcePort,
    serverAddress: addressBytes(target),
    serverPort: targetPort,
  })
}

/** A pcap file of raw IP with an empty datagram or segment for each row. */
function rawCapture(rows: Row[]): Buffer {
  const packets = rows.map(([transport, source, sourcePort, target, targetPort]) => {
    const [from, to] = [addressBytes(source), addressBytes(target)]
    const [protocol, length] = transport === 'udp' ? [17, 8] : [6, 20]
    const payload = Buffer.alloc(length)
    payload.writeUInt16BE(sourcePort, 0)
    payload.writeUInt16BE(targetPort, 2)
    if (transport === 'udp') payload.writeUInt16BE(length, 4)
    else payload.writeUInt8(0x50, 12)
    const ip =
      from.length === 4
        ? [0x45, 0, 0, 20 + length, 0, 1, 0, 0, 64, protocol, 0, 0]
        : [0x60, 0, 0, 0, 0, length, protocol, 64]
    return { frame: Buffer.concat([Uint8Array.from(ip), from, to, payload]), microseconds: 0 }
  })
  return pcap(packets, { bigEndian: false, nanoseconds: false, linkType: RAW_IP })
}

t.test("the specification's baseline", async (t) => {
  for (const row of BASELINE) t.equal(idOf(row), row[5], row.slice(0, 5).join(' '))
})

t.test('equal addresses are ordered by port; the direction makes no difference', async (t) => {
  const there: Row = ['udp', '127.0.0.1', 50000, '127.0.0.1', 53, '']
  const back: Row = ['udp', '127.0.0.1', 53, '127.0.0.1', 50000, '']
  t.equal(idOf(there), idOf(back))
  t.not(idOf(there), idOf(['tcp', '127.0.0.1', 50000, '127.0.0.1', 53, '']))
})

t.test('Wireshark computes the same', requires({ programs: ['tshark'] }), async (t) => {
  const rows: Row[] = [
    ...BASELINE,
    ['udp', '2001:db8::9', 40000, '2001:db8::53', 53, ''],
    ['udp', '2001:db8::53', 53, '2001:db8::9', 40000, ''],
    ['udp', 'ff02::1', 53, 'fe80::1', 53, ''],
    ['udp', '127.0.0.1', 50000, '127.0.0.1', 53, ''],
    ['tcp', '10.0.0.200', 53, '10.0.0.3', 65535, ''],
  ]
  const file = join(t.testdir({ 'rows.pcap': rawCapture(rows) }), 'rows.pcap')
  const fields = ['--enable-protocol', 'communityid', '-T', 'fields', '-e', 'communityid']
  const child = spawnSync(findProgram('tshark')!, ['-r', file, ...fields], { encoding: 'utf8' })
  t.same(child.stdout.trim().split('\n'), rows.map(idOf))
})
