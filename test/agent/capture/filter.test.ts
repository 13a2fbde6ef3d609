import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { defaultFilter } from '../../../agent/capture/filter.js'
import { findProgram, requires } from '../../support/requires.js'

const MACS = '020000000001020000000002'
const hex = (port: number) => port.toString(16).padStart(4, '0')
const ipv4 = (port: number, fragment = '0000') =>
  `4500001c0001${fragment}401100000a0000010a000002${hex(port)}c35000080000`
const ADDRESSES = `${'20'.repeat(16)}${'21'.repeat(16)}`
const ipv6 = (port: number) => `6000000000081140${ADDRESSES}${hex(port)}c35000080000`
const ipv6Options = (port: number) => `6000000000100040${ADDRESSES}1100010400000000${hex(port)}c35000080000`

/** Frames that the filter for port 53 must let through, and ones it must not. */
const WANTED: Record<string, string> = {
  'untagged IPv4': `${MACS}0800${ipv4(53)}`,
  'untagged IPv6': `${MACS}86dd${ipv6(53)}`,
  'one VLAN tag': `${MACS}8100000a0800${ipv4(53)}`,
  'one VLAN tag, IPv6': `${MACS}8100000a86dd${ipv6(53)}`,
  'two VLAN tags': `${MACS}88a8000a810000140800${ipv4(53)}`,
  'two 802.1Q tags': `${MACS}8100000a810000140800${ipv4(53)}`,
  'later fragment': `${MACS}0800${ipv4(9999, '00b9')}`,
  'later fragment behind a tag': `${MACS}8100000a0800${ipv4(9999, '00b9')}`,
  'IPv6 with hop-by-hop options': `${MACS}86dd${ipv6Options(53)}`,
}
const UNWANTED: Record<string, string> = {
  'another port': `${MACS}0800${ipv4(80)}`,
  'another port behind a tag': `${MACS}8100000a0800${ipv4(80)}`,
  ARP: `${MACS}0806${'00'.repeat(28)}`,
}

function passes(t: Test, frame: string, filter: string): boolean {
  const bytes = Buffer.from(frame, 'hex')
  const header = Buffer.alloc(40)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(65535, 16)
  header.writeUInt32LE(1, 20)
  header.writeUInt32LE(bytes.length, 32)
  header.writeUInt32LE(bytes.length, 36)
  const file = join(t.testdir({ 'one.pcap': Buffer.concat([header, bytes]) }), 'one.pcap')
  const child = spawnSync(findProgram('tcpdump')!, ['-nn', '-r', file, filter], { encoding: 'utf8' })
  t.equal(child.status, 0, child.stderr)
  return child.stdout.trim() !== ''
}

const compiles = (linkType: string, filter: string) =>
  spawnSync(findProgram('tcpdump')!, ['-y', linkType, '-d', filter]).status === 0

t.test(
  'lets through what carries the port, tagged, fragmented or with extension headers',
  requires({ programs: ['tcpdump'] }),
  async (t) => {
    for (const filter of [defaultFilter([53], true), defaultFilter([53], false)]) {
      for (const [name, frame] of Object.entries(WANTED)) t.ok(passes(t, frame, filter), name)
    }
    const [first, second] = [defaultFilter([53], true), defaultFilter([53], false)]
    for (const [name, frame] of Object.entries(UNWANTED)) t.notOk(passes(t, frame, first), name)
    t.notOk(passes(t, UNWANTED['another port']!, second))
    t.notOk(passes(t, WANTED['one VLAN tag']!, 'port 53'), 'a plain port filter misses tagged frames')
  },
)

t.test('several ports', requires({ programs: ['tcpdump'] }), async (t) => {
  for (const filter of [defaultFilter([53, 80], true), defaultFilter([53, 80], false)]) {
    t.ok(passes(t, UNWANTED['another port']!, filter))
    t.ok(passes(t, UNWANTED['another port behind a tag']!, filter))
  }
})

t.test(
  'compiles for every link type that the kernel decodes, with 64 ports',
  requires({ programs: ['tcpdump'] }),
  async (t) => {
    const ports = Array.from({ length: 64 }, (_, index) => 1000 + index)
    const [first, second] = [defaultFilter(ports, true), defaultFilter(ports, false)]
    t.ok(compiles('EN10MB', first))
    for (const linkType of ['EN10MB', 'LINUX_SLL', 'LINUX_SLL2', 'RAW', 'NULL', 'LOOP']) {
      t.ok(compiles(linkType, second), linkType)
    }
  },
)
