import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { pcapOf, trafficFrames, writeCapture } from '../../../bench/traffic/capture.js'
import { requires } from '../../support/requires.js'

const folder = mkdtempSync(join(tmpdir(), 'firsteight-'))
t.teardown(() => rmSync(folder, { recursive: true }))

t.test('one seed, one capture, in memory and in a file of several pieces', async (t) => {
  const options = { packets: 50_000, flows: 1000 }
  await writeCapture(join(folder, 'one.pcap'), { seed: 1, ...options })
  const file = readFileSync(join(folder, 'one.pcap'))
  t.ok(file.length > 5e6)
  t.ok(file.equals(pcapOf(trafficFrames({ seed: 1, ...options }))))
  t.notOk(file.equals(pcapOf(trafficFrames({ seed: 2, ...options }))))
})

t.test('the traffic is what it says', requires({ programs: ['tshark'] }), async (t) => {
  const packets = 20_000
  const flows = 1000
  const file = join(folder, 'traffic.pcap')
  await writeCapture(file, { seed: 5, packets, flows })
  const fields = ['frame.protocols', 'ip.addr', 'ipv6.addr', 'udp.port', 'tcp.port', 'vlan.id']
  const output = execFileSync(
    'tshark',
    ['-n', '-r', file, '-T', 'fields', ...[...fields, '_ws.malformed'].flatMap((field) => ['-e', field])],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 26 },
  )
  const lines = output.replace(/\n$/, '').split('\n')
  t.equal(lines.length, packets)
  const share = (test: (line: string) => boolean) => lines.filter(test).length / packets
  const port53 = (line: string) => /(?:^|[\t,])53(?:[\t,]|$)/.test(line)
  const within = (value: number, low: number, high: number, what: string) =>
    t.ok(value > low && value < high, `${what}: ${value}`)
  within(share(port53), 0.88, 0.92, 'port 53')
  within(
    share((line) => port53(line) && line.includes('\tudp') === false && /:tcp/.test(line)),
    0.05,
    0.15,
    'DNS over TCP',
  )
  within(
    share((line) => /ipv6/.test(line)),
    0.15,
    0.25,
    'IPv6',
  )
  within(
    share((line) => /vlan/.test(line)),
    0.25,
    0.4,
    'VLAN',
  )
  t.equal(
    share((line) => port53(line) && /:udp/.test(line) && !/:dns/.test(line)),
    0,
    'Wireshark dissects each datagram on port 53 as DNS',
  )
  const flowOf = (line: string) => {
    const [, four, six, udp, tcp] = line.split('\t')
    return [`${four}${six}`, udp || tcp].flatMap((pair) => pair!.split(',').sort()).join()
  }
  t.equal(new Set(lines.map(flowOf)).size, flows)
})
