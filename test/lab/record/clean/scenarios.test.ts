import { join } from 'node:path'
import t from 'tap'
import { CLEAN_SCENARIOS } from '../../../../lab/record/clean/scenarios.js'
import type { ProgramName } from '../../../../lab/record/programs.js'
import { record } from '../../../../lab/record/recorder.js'
import { packetLines } from '../../../support/packet-lines.js'
import { requires } from '../../../support/requires.js'

t.test('names are unique and fit for file names', async (t) => {
  const names = CLEAN_SCENARIOS.map(({ name }) => name)
  t.equal(new Set(names).size, names.length)
  for (const name of names) t.match(name, /^[a-z]+(-[a-z]+)*$/)
  t.ok(CLEAN_SCENARIOS.every((scenario) => scenario.class === 'clean'))
})

t.test('covers the servers and clients that it should', async (t) => {
  const programs = new Set(CLEAN_SCENARIOS.flatMap((scenario) => scenario.programs))
  for (const program of [
    'named',
    'unbound',
    'knotd',
    'kresd',
    'nsd',
    'pdns_server',
    'pdns_recursor',
    'dnsmasq',
    'dnsdist',
    'stubby',
    'yadifad',
    'gdnsd',
    'tinydns',
    'axfrdns',
    'dnscache',
    'libnet-dns-perl',
    'dnslib',
    'dnss',
    'smartdns',
  ]) {
    t.ok(programs.has(program as ProgramName), program)
  }
  for (const program of [
    'dig',
    'kdig',
    'drill',
    'dnsperf',
    'getent',
    'host',
    'node',
    'python3',
    'nsupdate',
    'musl-gcc',
    'busybox',
    'ldns-notify',
    'delv',
    'getdns_query',
    'khost',
    'unbound-host',
    'dnsget',
    'adnshost',
    'perl',
    'ruby',
  ]) {
    t.ok(programs.has(program as ProgramName), program)
  }
})

const programs = ['ip', 'tcpdump', 'named', 'dnssec-keygen', 'dnssec-signzone', 'kdig']

t.test('records one client for real', requires({ programs, captureRight: true }), async (t) => {
  const folder = t.testdir({})
  const scenario = CLEAN_SCENARIOS.filter(({ name }) => name === 'client-kdig')
  const manifest = await record(scenario, { outputFolder: folder })
  t.same(
    manifest.captures.map(({ file, class: kind }) => [file, kind]),
    [['clean-client-kdig.pcap', 'clean']],
  )
  const file = join(folder, 'clean-client-kdig.pcap')
  t.ok(packetLines(file, 'udp dst port 53').length > 400, 'UDP queries')
  t.ok(packetLines(file, 'udp src port 53').length > 300, 'UDP responses')
  t.ok(packetLines(file, 'tcp dst port 53 and tcp[tcpflags] == tcp-syn').length > 250, 'TCP connections')
  t.equal(packetLines(file, '').length, manifest.captures[0]!.packets)
})
