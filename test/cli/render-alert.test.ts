import t from 'tap'
import { createPaint } from '../../cli/color.js'
import { renderReport, renderStatus } from '../../cli/render-alert.js'
import { firsteight } from '../../generated/messages.js'
import { sampleAnomaly, sampleReport, sampleStatus } from '../support/sample-messages.js'

const { v1 } = firsteight
const plain = createPaint(false)
const eventId = '0d5f3b1e-8a34-4f6e-9a53-0f6f51c7b3d1'

t.test('an alert: what, where, when, which bytes, how far off, what to do', async (t) => {
  const anomaly = sampleAnomaly({ instruction: 'Review the raw flow data. See file.pcap.' })
  const text = renderReport(sampleReport({ eventId, anomaly }), plain)
  t.equal(
    text,
    `HIGH, review: AI-Anomalous-DNS-Reconstruction
  where          site branch-17, node edge-1
  time           2026-09-21T14:13:20.000001Z to 2026-09-21T14:13:20.100000Z, 1 anomalous of 1 stream
  flow           TCP client 192.0.2.10:49152, server 198.51.100.5:53, VLAN 12
  context        tcp-query
  first bytes    53 53 48 2d 32 2e 30 2d  "SSH-2.0-"
  reconstructed  00 1c -- -- 01 00 00 01
  loss           7.250 above threshold 0.5000
  confidence     uncalibrated
  beside it      the hand-written rule does not take the eight bytes for DNS either
  looks like     SSH banner
  to do          Review the raw flow data.
                 See file.pcap.
  event          ${eventId}`,
  )
  const coloured = renderReport(sampleReport({ eventId, anomaly }), (color, part) => `<${color}>${part}</>`)
  t.equal(coloured.replaceAll(/<[^>]*>/g, ''), text, 'colour changes no letter')
  t.match(coloured, /^<red>HIGH, review: .*<\/>\n/)
})

t.test('an alert with evidence says how to fetch it', async (t) => {
  const sha256 = Buffer.alloc(32, 0xab)
  const evidence = { eventId, sha256, sectionBytes: 4711, packets: 12 }
  const text = renderReport(sampleReport({ eventId, anomaly: sampleAnomaly({ evidence }) }), plain)
  const digest = 'ab'.repeat(32)
  t.match(text, `  evidence       12 packets, 4711 bytes, SHA-256 ${digest}\n`)
  t.match(
    text,
    `  fetch it       firsteight fleet evidence ${eventId} --node branch-17/edge-1 --sha256 ${digest}`,
  )
})

t.test('a short stream, a later message, IPv6, bytes that are no text', async (t) => {
  const none = new Uint8Array(0)
  const anomaly = sampleAnomaly({
    kind: v1.Kind.SHORT,
    firstEight: Uint8Array.of(0x1b, 0x22, 0xff),
    reconstructedEight: none,
    inputMask: none,
    messageIndex: 2,
    confidence: 0.5,
    pValue: 0.00123,
    corroboration: ['udp-below-header', 'of-a-later-version'],
    triageHint: '',
    instruction: '',
  })
  anomaly.flow = {
    ...anomaly.flow,
    clientAddress: new Uint8Array(16),
    serverAddress: new Uint8Array(16),
    vlanIds: [],
  }
  const text = renderReport(sampleReport({ anomaly }), plain)
  t.match(text, /flow +TCP client \[::\]:49152, server \[::\]:53\n/)
  t.match(text, /context +tcp-query, message 3 of the stream\n/)
  t.match(text, /first bytes +1b 22 ff {2}"\."\."\n/)
  t.match(text, /loss +not scored: ended after 3 of 8 bytes\n/)
  t.match(text, /confidence +0\.500, p-value 0\.0012 among clean patterns\n/)
  t.match(text, /beside it +the datagram is shorter than .*\n +of-a-later-version\n/)
  t.notMatch(text, /reconstructed|looks like|to do/)
})

t.test('alerts held back, and statuses, are one line', async (t) => {
  const { anomaly: _, ...rest } = sampleReport()
  const suppressed = {
    fromMicroseconds: 0,
    toMicroseconds: 60_000_000,
    alerts: 1,
    anomalousStreams: 30,
    capPerMinute: 5,
    escalations: 1,
    overShare: 0,
  }
  t.equal(
    renderReport({ ...rest, suppressed }, plain),
    '1 alert, 1 of them critical, held back at site branch-17, node edge-1: 30 anomalous streams, 1970-01-01T00:00:00.000000Z to 1970-01-01T00:01:00.000000Z, above the cap of 5 a minute',
  )
  t.match(
    renderReport({ ...rest, suppressed: { ...suppressed, alerts: 9, overShare: 7 } }, plain),
    /above the cap of 5 a minute, 7 of them above one host's, network's or server's share of it$/,
  )
  t.equal(
    renderStatus(sampleStatus(), plain),
    'ONLINE site branch-17, node edge-1 (agent 0.1.0, model abababababab, simd kernel, capture stream)',
  )
  t.match(renderStatus(sampleStatus({ modelId: '', outboxDropped: 7 }), plain), /no model.*7 alerts dropped/)
  t.match(renderStatus(sampleStatus({ outboxStorage: 'fallback' }), plain), /alerts wait in memory/)
})
