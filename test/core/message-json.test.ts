import fc from 'fast-check'
import t from 'tap'
import { anomalyReportJson, isoTime, statusJson } from '../../core/message-json.js'
import { decodeAnomalyReport, encodeAnomalyReport } from '../../core/messages.js'
import { sampleAnomaly, sampleReport, sampleStatus } from '../support/sample-messages.js'

t.test('an alert as JSON is readable and loses nothing', async (t) => {
  const report = decodeAnomalyReport(encodeAnomalyReport(sampleReport()))
  const json = JSON.parse(JSON.stringify(anomalyReportJson(report)))
  t.match(json, {
    eventId: report.eventId,
    site: 'branch-17',
    sequence: 42,
    publishedAt: '2026-09-21T14:13:20.123456Z',
    anomaly: {
      severity: 'HIGH',
      route: 'REVIEW',
      kind: 'RECONSTRUCTION',
      context: 'tcp-query',
      flow: {
        transport: 'TCP',
        clientAddress: '192.0.2.10',
        clientPort: 49152,
        serverAddress: '198.51.100.5',
      },
      firstEight: '5353482d322e302d',
      confidence: 'uncalibrated',
      pValue: 'uncalibrated',
      corroboration: ['rule-rejects'],
      examples: [{ context: 'tcp-response' }],
    },
  })
  t.notOk('suppressed' in json)
})

t.test('evidence as JSON; without any there is no such member', async (t) => {
  const eventId = '0d5f3b1e-8a34-4f6e-9a53-0f6f51c7b3d1'
  const evidence = { eventId, sha256: Buffer.alloc(32, 0xab), sectionBytes: 4711, packets: 12 }
  const sent = encodeAnomalyReport(sampleReport({ anomaly: sampleAnomaly({ evidence }) }))
  t.match(anomalyReportJson(decodeAnomalyReport(sent)), {
    anomaly: { evidence: { eventId, sha256: 'ab'.repeat(32), sectionBytes: 4711, packets: 12 } },
  })
  const without = anomalyReportJson(decodeAnomalyReport(encodeAnomalyReport(sampleReport())))
  t.notOk('evidence' in (without.anomaly as object))
})

t.test('a suppression and a status as JSON', async (t) => {
  const { anomaly: _, ...rest } = sampleReport()
  const suppressed = {
    fromMicroseconds: 0,
    toMicroseconds: 1,
    alerts: 2,
    anomalousStreams: 3,
    capPerMinute: 4,
    escalations: 1,
    overShare: 0,
  }
  t.match(anomalyReportJson({ ...rest, suppressed }), {
    suppressed: { from: '1970-01-01T00:00:00.000000Z', alerts: 2, escalations: 1, capPerMinute: 4 },
  })
  t.match(statusJson(sampleStatus()), { state: 'ONLINE', node: 'edge-1', kernel: 'simd', outboxDropped: 0 })
})

t.test('times keep their microseconds', async (t) => {
  t.equal(isoTime(1_000_001), '1970-01-01T00:00:01.000001Z')
  fc.assert(
    fc.property(fc.maxSafeNat(), (microseconds) => {
      const text = isoTime(microseconds)
      const milliseconds = Date.parse(`${text.slice(0, 23)}Z`)
      return milliseconds * 1000 + Number(text.slice(23, 26)) === microseconds
    }),
  )
})
