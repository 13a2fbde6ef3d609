import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { StreamRecord } from '../../../core/stream-record.js'
import { FlowTable, readFlowTable } from '../../../lab/evaluate/flow-table.js'

const HEADER = 'transport\tclient_ip\tclient_port\tserver_ip\tlabel\tcapture'
const table = (...rows: string[]) =>
  new FlowTable(`${[HEADER, ...rows.map((row) => row.replaceAll(' ', '\t'))].join('\n')}\n`, 'x.flows.tsv')

function flow(
  transport: 'udp' | 'tcp',
  client: number[],
  clientPort: number,
  server: number[],
): StreamRecord {
  return {
    transport,
    clientAddress: Uint8Array.from(client),
    clientPort,
    serverAddress: Uint8Array.from(server),
    serverPort: 53,
  } as StreamRecord
}

t.test('a flow is found by its port, else by *', async (t) => {
  const flows = table(
    'udp 192.0.2.1 * 192.0.2.53 DNS a.pcap',
    'udp 192.0.2.1 4000 192.0.2.53 NTP b.pcap',
    'tcp 2001:db8::1 * 2001:db8::53 TLS c.pcap',
  )
  const server = [192, 0, 2, 53]
  t.match(flows.labelOf(flow('udp', [192, 0, 2, 1], 4001, server)), {
    label: 'DNS',
    capture: 'a.pcap',
    line: 2,
  })
  t.match(flows.labelOf(flow('udp', [192, 0, 2, 1], 4000, server)), {
    label: 'NTP',
    capture: 'b.pcap',
    line: 3,
  })
  const six = (last: number) => [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]
  t.match(flows.labelOf(flow('tcp', six(1), 9, six(0x53))), { label: 'TLS' })
  t.throws(() => flows.labelOf(flow('tcp', [192, 0, 2, 1], 4000, server)), {
    code: 'EVALUATION_INVALID',
    message: /x\.flows\.tsv: no row for the tcp flow of 192\.0\.2\.1 port 4000 to 192\.0\.2\.53/,
  })
})

t.test('bad tables are refused with their line', async (t) => {
  const bad: [() => unknown, RegExp][] = [
    [() => new FlowTable('transport\tclient_ip\n', 'x'), /line 1: expected a column client_port/],
    [() => new FlowTable(`${HEADER}\nudp`, 'x'), /line 2: .*cut off/],
    [() => table('udp 192.0.2.1 * 192.0.2.53 DNS'), /line 2: expected 6 fields between tabs, found 5/],
    [() => table('icmp 192.0.2.1 * 192.0.2.53 DNS a'), /line 2: transport/],
    [() => table('udp 192.0.2.1 any 192.0.2.53 DNS a'), /line 2: client_port/],
    [() => table('udp 192.0.2.1 * 192.0.2.53  a'), /line 2: label/],
    [
      () => table('udp 192.0.2.1 * 192.0.2.53 DNS a', 'udp 192.0.2.1 * 192.0.2.53 TLS a'),
      /line 3: label: TLS contradicts line 2/,
    ],
  ]
  for (const [read, message] of bad) t.throws(read, { code: 'EVALUATION_INVALID', message })
})

t.test('it stands beside its capture, or not at all', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'firsteight-flows-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  t.equal(await readFlowTable(join(folder, 'a.pcap')), undefined)
  writeFileSync(join(folder, 'a.flows.tsv'), `${HEADER}\n`)
  t.ok(await readFlowTable(join(folder, 'a.pcap')))
  t.ok(await readFlowTable(join(folder, 'a.pcap.gz')))
  writeFileSync(join(folder, 'a.flows.tsv'), '')
  await t.rejects(readFlowTable(join(folder, 'a.pcap')), { code: 'EVALUATION_INVALID', message: /line 1/ })
})
