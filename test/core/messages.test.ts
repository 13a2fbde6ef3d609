import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { FirsteightError } from '../../core/errors.js'
import {
  type Anomaly,
  decodeAnomalyReport,
  decodeStatus,
  encodeAnomalyReport,
  encodeStatus,
  MAXIMUM_MESSAGE_BYTES,
} from '../../core/messages.js'
import { firsteight } from '../../generated/messages.js'
import { sampleAnomaly, sampleHeader, sampleReport, sampleStatus } from '../support/sample-messages.js'

const { v1 } = firsteight

t.test('messages come back as they were sent', async (t) => {
  const report = sampleReport()
  t.same(decodeAnomalyReport(encodeAnomalyReport(report)), report)
  const { uncalibrated: _, ...calibrated } = sampleAnomaly({ confidence: 0 })
  t.equal(
    decodeAnomalyReport(encodeAnomalyReport(sampleReport({ anomaly: calibrated }))).anomaly?.confidence,
    0,
  )
  const status = sampleStatus({ outboxDropped: 2 ** 40 })
  t.same(decodeStatus(encodeStatus(status)), status)
  const { anomaly: _anomaly, ...rest } = report
  const suppressed = {
    fromMicroseconds: 1,
    toMicroseconds: 2,
    alerts: 3,
    anomalousStreams: Number.MAX_SAFE_INTEGER,
    capPerMinute: 5,
    escalations: 1,
    overShare: 0,
  }
  t.same(decodeAnomalyReport(encodeAnomalyReport({ ...rest, suppressed })), { ...rest, suppressed })
})

t.test('a short stream has no reconstruction', async (t) => {
  const none = new Uint8Array(0)
  const short = {
    kind: v1.Kind.SHORT,
    firstEight: Buffer.from('hi'),
    reconstructedEight: none,
    inputMask: none,
  }
  t.ok(decodeAnomalyReport(encodeAnomalyReport(sampleReport({ anomaly: sampleAnomaly(short) }))))
})

const EVIDENCE = { eventId: randomUUID(), sha256: new Uint8Array(32), sectionBytes: 400, packets: 2 }
const refusedAnomalies: [string, Partial<Anomaly>][] = [
  ['anomaly.tag', { tag: 'a\u001b[2J' }],
  ['anomaly.kind', { kind: 0 }],
  ['anomaly.severity', { severity: 5 as firsteight.v1.Severity }],
  ['anomaly.route', { route: -1 as firsteight.v1.Route }],
  ['anomaly.context', { context: 9 as firsteight.v1.Context }],
  ['anomaly.first_eight', { firstEight: new Uint8Array(7) }],
  ['anomaly.first_eight', { kind: v1.Kind.SHORT }],
  ['anomaly.reconstructed_eight', { reconstructedEight: new Uint8Array(9) }],
  ['anomaly.input_mask', { inputMask: new Uint8Array(0) }],
  ['anomaly.loss', { loss: Number.NaN }],
  ['anomaly.loss', { loss: -1 }],
  ['anomaly.threshold', { threshold: Number.POSITIVE_INFINITY }],
  ['anomaly.model_id', { modelId: 'AB'.repeat(32) }],
  ['anomaly.last_seen_microseconds', { lastSeenMicroseconds: 2 ** 60 }],
  ['anomaly.payload_prefix', { payloadPrefix: new Uint8Array(65) }],
  ['anomaly.examples', { examples: Array(33).fill(sampleAnomaly().examples[0]) }],
  ['anomaly.examples[0].loss', { examples: [{ ...sampleAnomaly().examples[0]!, loss: -2 }] }],
  ['anomaly.triage_hint', { triageHint: 'x'.repeat(513) }],
  ['anomaly.evidence.event_id', { evidence: { ...EVIDENCE, eventId: '../x' } }],
  ['anomaly.evidence.sha256', { evidence: { ...EVIDENCE, sha256: new Uint8Array(31) } }],
  ['anomaly.flow.client_address', { flow: { ...sampleAnomaly().flow, clientAddress: new Uint8Array(5) } }],
  ['anomaly.flow.server_address', { flow: { ...sampleAnomaly().flow, serverAddress: new Uint8Array(16) } }],
  ['anomaly.flow.client_port', { flow: { ...sampleAnomaly().flow, clientPort: 65_536 } }],
  ['anomaly.flow.vlan_ids', { flow: { ...sampleAnomaly().flow, vlanIds: [4096] } }],
  ['anomaly.flow.transport', { flow: { ...sampleAnomaly().flow, transport: 3 as firsteight.v1.Transport } }],
]

t.test('what does not hold is refused, naming the field', async (t) => {
  const refused = (field: string, message: firsteight.v1.AnomalyReport.$Properties) => {
    const bytes = v1.AnomalyReport.encode(message).finish()
    t.throws(() => decodeAnomalyReport(bytes), { code: 'MESSAGE_INVALID', details: { field } }, field)
    t.throws(() => encodeAnomalyReport(message), { code: 'MESSAGE_INVALID', details: { field } }, field)
  }
  for (const [field, change] of refusedAnomalies)
    refused(field, sampleReport({ anomaly: sampleAnomaly(change) }))
  refused('header', { ...sampleReport(), header: null })
  refused('header.schema_version', sampleReport({ header: sampleHeader({ schemaVersion: 2 }) }))
  refused('header.site', sampleReport({ header: sampleHeader({ site: 'a/b' }) }))
  refused('header.node', sampleReport({ header: sampleHeader({ node: '' }) }))
  refused('header.boot_id', sampleReport({ header: sampleHeader({ bootId: 'x' }) }))
  refused('event_id', sampleReport({ eventId: '' }))
  refused('anomaly', { header: sampleHeader(), eventId: sampleReport().eventId })
  refused('anomaly.flow', { ...sampleReport(), anomaly: { ...sampleAnomaly(), flow: null } })
  refused('anomaly.confidence_value', {
    ...sampleReport(),
    anomaly: { ...sampleAnomaly(), uncalibrated: false },
  })
  t.throws(() => decodeStatus(v1.Status.encode({ ...sampleStatus(), state: 0 }).finish()), {
    code: 'MESSAGE_INVALID',
    details: { field: 'state' },
  })
})

t.test('damaged bytes are refused with the offset, oversized ones unread', async (t) => {
  const bytes = encodeAnomalyReport(sampleReport())
  t.throws(() => decodeAnomalyReport(bytes.subarray(0, 20)), {
    code: 'MESSAGE_INVALID',
    message: /^not protobuf at byte \d+: /,
  })
  t.throws(() => decodeAnomalyReport(new Uint8Array(MAXIMUM_MESSAGE_BYTES + 1)), {
    code: 'MESSAGE_INVALID',
    details: { field: 'message' },
  })
  t.throws(() => decodeAnomalyReport(new Uint8Array(0)), {
    code: 'MESSAGE_INVALID',
    details: { field: 'header' },
  })
  // Groups nested as deep as the size limit allows: start-group tags of field 15.
  t.throws(() => decodeStatus(new Uint8Array(MAXIMUM_MESSAGE_BYTES).fill(0x7b)), { code: 'MESSAGE_INVALID' })
})

/** True when the decoder accepts the bytes or refuses them with MESSAGE_INVALID; anything else it throws goes through. */
function acceptsOrRefuses(decode: (bytes: Uint8Array) => object, bytes: Uint8Array): boolean {
  try {
    return typeof decode(bytes) === 'object'
  } catch (error) {
    if (error instanceof FirsteightError && error.code === 'MESSAGE_INVALID') return true
    throw error
  }
}

t.test('hostile bytes are accepted or refused, never anything else', async (t) => {
  const report = encodeAnomalyReport(sampleReport())
  const status = encodeStatus(sampleStatus())
  for (let length = 0; length < report.length; length++) {
    t.throws(
      () => decodeAnomalyReport(report.subarray(0, length)),
      { code: 'MESSAGE_INVALID' },
      `cut to ${length}`,
    )
  }
  const edit = fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) })
  const mutate = (valid: Uint8Array, edits: { at: number; value: number }[]) => {
    const bytes = Uint8Array.from(valid)
    for (const { at, value } of edits) bytes[at % bytes.length] = value
    return bytes
  }
  const edits = fc.array(edit, { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(edits, (list) => acceptsOrRefuses(decodeAnomalyReport, mutate(report, list))),
    { numRuns: 20_000 },
  )
  fc.assert(
    fc.property(edits, (list) => acceptsOrRefuses(decodeStatus, mutate(status, list))),
    { numRuns: 5_000 },
  )
  const random = fc.uint8Array({ maxLength: 2000, size: 'max' })
  fc.assert(
    fc.property(
      random,
      (bytes) => acceptsOrRefuses(decodeAnomalyReport, bytes) && acceptsOrRefuses(decodeStatus, bytes),
    ),
    { numRuns: 5_000 },
  )
})
