import { fileURLToPath } from 'node:url'
import t from 'tap'
import { ndpiVersion, parseNdpiFlows, runNdpi } from '../../../lab/evaluate/ndpi.js'
import { requires } from '../../support/requires.js'

const CAPTURE = fileURLToPath(new URL('../../../../lab/captures/demo.pcap', import.meta.url))
const NDPI = requires({ programs: ['ndpiReader'] })

t.test('its table, with commas as in 4.2 and bars as in later versions', async (t) => {
  const rows = [
    'flow_id,protocol,first_seen,src_ip,src_port,dst_ip,dst_port,ndpi_proto_num,ndpi_proto,server_name_sni',
    '1,17,1.0,192.0.2.1,4000,192.0.2.53,53,5,DNS,www.example',
    '2,6,1.0,192.0.2.53,53,192.0.2.1,4001,91,TLS,',
    '3,17,1.0,2001:db8:0:0:0:0:0:1,4002,2001:db8::53,53,0,Unknown,',
    '4,1,1.0,192.0.2.1,0,192.0.2.53,0,81,ICMP,',
  ]
  for (const text of [`#${rows.join('\n')}\n`, rows.join('\n').replaceAll(',', '|')]) {
    const flows = parseNdpiFlows(text)
    t.equal(flows.get('udp 192.0.2.1:4000 192.0.2.53:53'), 'DNS')
    t.equal(flows.get('tcp 192.0.2.1:4001 192.0.2.53:53'), 'TLS', 'either end may come first')
    t.equal(flows.get('udp [2001:db8::1]:4002 [2001:db8::53]:53'), '', 'unknown is no name')
    t.equal(flows.size, 6)
  }
  t.throws(() => parseNdpiFlows('flow_id,protocol\n'), /no column src_ip/)
})

t.test('not installed is no error', async (t) => {
  t.equal(await ndpiVersion('no-such-program-as-this'), undefined)
})

t.test('the real one names SSH and HTTP in the recorded office', NDPI, async (t) => {
  t.match(await ndpiVersion(), /^[0-9]+\.[0-9]+/)
  const verdicts = await runNdpi(CAPTURE)
  t.equal(verdicts.verdictOf('udp 192.0.2.1:1 192.0.2.2:53'), undefined, 'a flow that is not there')
  await t.rejects(runNdpi('/dev/null/nothing'), /ndpiReader failed on/)
})
