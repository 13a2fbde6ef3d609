import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { pcapOf } from '../../../bench/traffic/capture.js'
import { buildFrame, ENCAPSULATIONS, LINK_TYPES } from '../../../bench/traffic/frames.js'
import { requires } from '../../support/requires.js'

t.test('Wireshark reads every encapsulation as built', requires({ programs: ['tshark'] }), async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'firsteight-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const payload = Buffer.from('0123456789')
  for (const encapsulation of ENCAPSULATIONS) {
    const frames: Buffer[] = []
    const expected: string[] = []
    for (const ipVersion of [4, 6] as const) {
      for (const transport of ['udp', 'tcp'] as const) {
        const ends = {
          sourceHost: 0x0a000001,
          sourcePort: 4000,
          destinationHost: 0x0a000002,
          destinationPort: 9999,
        }
        frames.push(buildFrame({ encapsulation, ipVersion, transport, ...ends, payload }))
        expected.push(`${ipVersion} ${transport} 4000 9999 ${payload.toString('hex')}`)
      }
    }
    const file = join(folder, `${encapsulation}.pcap`)
    writeFileSync(file, pcapOf(frames, LINK_TYPES[encapsulation]))
    const fields = ['ip.version', 'ipv6.version', 'udp.srcport', 'udp.dstport', 'tcp.srcport', 'tcp.dstport']
    const output = execFileSync(
      'tshark',
      [
        '-n',
        '-r',
        file,
        '-T',
        'fields',
        ...[...fields, 'udp.payload', 'tcp.payload'].flatMap((f) => ['-e', f]),
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    )
    const seen = output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [four, six, udpFrom, udpTo, tcpFrom, tcpTo, udpData, tcpData] = line.split('\t')
        const udp = udpFrom !== ''
        return `${four || six} ${udp ? 'udp' : 'tcp'} ${udpFrom || tcpFrom} ${udpTo || tcpTo} ${udpData || tcpData}`
      })
    t.same(seen, expected, encapsulation)
  }
})
