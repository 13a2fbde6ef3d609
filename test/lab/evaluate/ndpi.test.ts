import { fileURLToPath } from 'node:url'
import t from 'tap'
import { DEFAULT_MODEL_PATH } from '../../../core/default-model.js'
import { readModelFile } from '../../../core/model-file.js'
import { flowKey, ndpiVersion, parseNdpiFlows, runNdpi } from '../../../lab/evaluate/ndpi.js'
import { readCapture } from '../../../lab/evaluate/read-capture.js'
import { requires } from '../../support/requires.js'

const CAPTURE = fileURLToPath(new URL('../../../../lab/captures/demo.pcap', import.meta.url))
const NDPI = requires({ programs: ['ndpiReader'] })

t.test('its table, with commas as in 4.2 and bars as in later versions', async (t) => {
  const rows = [
    'flow_id,protocol,first_seen,src_ip,src_port,dst_ip,dst_port,ndpi_proto_num,ndpi_proto,server_name_sni',
    '1,17,1.0,192.0.2.1,4000,192.0.2.53,53,5,DNS,www.example',
    '2,6,1.0,192.0.2.53,53,192.0.2.1,4001,91,TLS,',
    '3,17,1.0,2001:678:2c::194::28:53,4002,2001:db8::53,53,0,Unknown,',
    '4,1,1.0,192.0.2.1,0,192.0.2.53,0,81,ICMP,',
  ]
  for (const text of [`#${rows.join('\n')}\n`, rows.join('\n').replaceAll(',', '|')]) {
    const flows = parseNdpiFlows(text)
    t.equal(flows.get('udp 192.0.2.1:4000 192.0.2.53:53'), 'DNS')
    t.equal(flows.get('tcp 192.0.2.1:4001 192.0.2.53:53'), 'TLS', 'either end may come first')
    t.equal(
      flows.get(flowKey('udp [2001:678:2c:0:194:0:28:53]:4002 [2001:db8::53]:53')),
      '',
      'unknown is no name',
    )
    t.equal(flows.size, 6)
  }
  t.throws(() => parseNdpiFlows('flow_id,protocol\n'), /no column src_ip/)
})

t.test('not installed is no error', async (t) => {
  t.equal(await ndpiVersion('no-such-program-as-this'), undefined)
})

t.test(
  'the real one names SSH and HTTP in the recorded office, and knows every clean flow',
  NDPI,
  async (t) => {
    t.match(await ndpiVersion(), /^[0-9]+\.[0-9]+/)
    const model = await readModelFile(DEFAULT_MODEL_PATH)
    const verdicts = await runNdpi(CAPTURE)
    for (const { label, flow } of (await readCapture(CAPTURE, 'attack', model)).streams) {
      if (label !== 'SSH' && label !== 'HTTP') continue
      t.same(verdicts.verdictOf(flow), { protocol: label, namesAnother: true, notByContent: true }, flow)
    }
    for (const { flow } of (await readCapture(CAPTURE, 'clean', model)).streams) {
      t.match(verdicts.verdictOf(flow), { namesAnother: false, notByContent: false }, flow)
    }
    t.equal(verdicts.verdictOf('udp 192.0.2.1:1 192.0.2.2:53'), undefined, 'a flow that is not there')
    await t.rejects(runNdpi('/dev/null/nothing'), /ndpiReader failed on/)
  },
)
