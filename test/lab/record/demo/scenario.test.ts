import { statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { INTERNET, OFFICE } from '../../../../lab/record/demo/office.js'
import { demoScenario } from '../../../../lab/record/demo/scenario.js'
import { recordDemo } from '../../../../lab/record/index.js'
import { packetLines } from '../../../support/packet-lines.js'
import { requires } from '../../../support/requires.js'

const programs = ['ip', 'tcpdump', ...demoScenario.programs.filter((name) => name !== 'node')]

t.test('every kind of traffic is in the demo', requires({ programs, captureRight: true }), async (t) => {
  const folder = t.testdir({})
  const manifest = await recordDemo({ outputFolder: folder })
  const file = join(folder, 'demo.pcap')
  t.equal(manifest.captures[0]!.file, 'demo.pcap')
  t.ok(statSync(file).size < 300_000)

  const flows = [
    ['OpenSSH', 'tcp', OFFICE.sshClient, INTERNET.ssh, 15],
    ['TLS', 'tcp', OFFICE.tlsClient, INTERNET.tls, 10],
    ['HTTP', 'tcp', OFFICE.httpClient, INTERNET.http, 8],
    ['text', 'tcp', OFFICE.textClient, INTERNET.text, 8],
    ['OpenVPN', 'udp', OFFICE.vpnClient, INTERNET.vpn, 4],
    ['beacon', 'udp', OFFICE.beaconClient, INTERNET.beacon, 7],
    ['DNS over UDP', 'udp', OFFICE.clients[0], INTERNET.dns, 10],
    ['DNS over TCP', 'tcp', OFFICE.clients[1], INTERNET.dns, 15],
    ['DNS over IPv6', 'tcp', OFFICE.client6, INTERNET.dns6, 7],
  ] as const
  for (const [name, transport, client, server, atLeast] of flows) {
    const lines = packetLines(file, `${transport} port 53 and host ${client} and host ${server}`)
    t.ok(lines.length >= atLeast, `${name}: ${lines.length} packets`)
    t.ok(
      lines.some((line) => line.includes(`${server}.53 >`)),
      `${name}: an answer`,
    )
  }
})
