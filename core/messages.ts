import { firsteight } from '../generated/messages.js'
import { FirsteightError, messageOf } from './errors.js'
import {
  checkBytes,
  checkCount,
  checkEnum,
  checkInteger,
  checkNumber,
  checkPresent,
  checkText,
  checkUuid,
  invalidField,
} from './message-checks.js'
import protobuf from './protobuf.js'
import { type NodeName, nameProblem } from './topics.js'

/**
 * Messages between agents and the centre: protobuf bytes to checked plain objects and back.
 * 64-bit fields are JavaScript numbers (at most 2^53 - 1). What has been decoded here can be read freely.
 */

const { v1 } = firsteight

export const SCHEMA_VERSION = 1
/** Longest encoded message, bytes. A full alert with every example takes about 6 KB. */
export const MAXIMUM_MESSAGE_BYTES = 65_536
/** The tag of every anomaly, for SIEM rules. */
export const ANOMALY_TAG = 'AI-Anomalous-DNS-Reconstruction'
/** Longest list of further examples in one anomaly. */
export const MAXIMUM_EXAMPLES = 32
/** Most corroborating facts in one anomaly, and the longest name of one. */
const MAXIMUM_CORROBORATION = 16
const CORROBORATION_LENGTH = 64

/** A message as decoded: every field present, proto3 defaults filled in. */
export type Complete<T> = {
  [K in keyof T as K extends `$${string}` ? never : K]-?: CompleteValue<NonNullable<T[K]>>
}
type CompleteValue<V> = V extends Uint8Array
  ? V
  : V extends (infer E)[]
    ? CompleteValue<E>[]
    : V extends object
      ? Complete<V>
      : V

export type Header = Complete<firsteight.v1.Header.$Properties>
export type Flow = Complete<firsteight.v1.Flow.$Properties>
export type Evidence = Complete<firsteight.v1.Evidence.$Properties>
export type Example = Complete<firsteight.v1.Example.$Properties>
export type Suppressed = Complete<firsteight.v1.Suppressed.$Properties>
export type Status = Complete<firsteight.v1.Status.$Properties>
/** Exactly one of `confidence` and `uncalibrated` is present. */
export type Anomaly = Omit<
  Complete<firsteight.v1.Anomaly.$Properties>,
  'confidence' | 'uncalibrated' | 'confidenceValue' | 'pValue' | 'evidence'
> & { confidence?: number; uncalibrated?: true; pValue?: number; evidence?: Evidence }
/** Exactly one of `anomaly` and `suppressed` is present (of two on the wire the last counts, as in every protobuf oneof). */
export interface AnomalyReport {
  header: Header
  eventId: string
  anomaly?: Anomaly
  suppressed?: Suppressed
}

/**
 * @returns the message's bytes
 * @throws FirsteightError MESSAGE_INVALID naming the field, when no receiver would accept the message
 */
export function encodeAnomalyReport(report: firsteight.v1.AnomalyReport.$Properties): Uint8Array {
  const bytes = v1.AnomalyReport.encode(report).finish()
  decodeAnomalyReport(bytes)
  return bytes
}

/**
 * @param bytes as received: hostile until checked
 * @throws FirsteightError MESSAGE_INVALID naming the field, or the byte offset where the protobuf is damaged
 */
export function decodeAnomalyReport(bytes: Uint8Array): AnomalyReport {
  const report = decode(v1.AnomalyReport, bytes) as AnomalyReport
  checkHeader(report.header)
  checkUuid('event_id', report.eventId)
  if (report.suppressed != null) checkSuppressed(report.suppressed)
  else {
    checkPresent('anomaly', report.anomaly)
    checkAnomaly(report.anomaly)
  }
  return report
}

/** As `encodeAnomalyReport`, for a status. */
export function encodeStatus(status: firsteight.v1.Status.$Properties): Uint8Array {
  const bytes = v1.Status.encode(status).finish()
  decodeStatus(bytes)
  return bytes
}

/** As `decodeAnomalyReport`, for a status. */
export function decodeStatus(bytes: Uint8Array): Status {
  const status = decode(v1.Status, bytes) as Status
  checkHeader(status.header)
  checkEnum('state', status.state, v1.State)
  checkInteger('started_at_microseconds', status.startedAtMicroseconds)
  checkText('agent_version', status.agentVersion, 64)
  checkModelId('model_id', status.modelId)
  checkText('kernel', status.kernel, 32)
  checkText('capture', status.capture, 32)
  checkInteger('outbox_dropped', status.outboxDropped)
  checkText('outbox_storage', status.outboxStorage, 32)
  return status
}

interface MessageType<M> {
  decode(reader: protobuf.Reader): M
  toObject(message: M, options: protobuf.IConversionOptions): object
}

export function decode<M>(type: MessageType<M>, bytes: Uint8Array): object {
  if (bytes.length > MAXIMUM_MESSAGE_BYTES) {
    throw invalidField('message', `at most ${MAXIMUM_MESSAGE_BYTES} bytes`, `${bytes.length}`)
  }
  const reader = protobuf.Reader.create(bytes)
  try {
    return type.toObject(type.decode(reader), { defaults: true })
  } catch (error) {
    throw new FirsteightError('MESSAGE_INVALID', `not protobuf at byte ${reader.pos}: ${messageOf(error)}`, {
      hint: 'The sender is not a firsteight agent, or the message was damaged.',
      details: { offset: reader.pos },
      cause: error,
    })
  }
}

export function checkHeader(header: Header): void {
  checkPresent('header', header)
  if (header.schemaVersion !== SCHEMA_VERSION) {
    throw invalidField('header.schema_version', String(SCHEMA_VERSION), String(header.schemaVersion))
  }
  for (const field of ['site', 'node'] as const) {
    const problem = nameProblem(header[field])
    if (problem !== undefined) throw invalidField(`header.${field}`, 'a name', `one that ${problem}`)
  }
  checkUuid('header.boot_id', header.bootId)
  checkInteger('header.sequence', header.sequence)
  checkInteger('header.published_at_microseconds', header.publishedAtMicroseconds)
}

/**
 * The broker's access list guards the topic, so the header must not claim another name.
 * @param topic undefined: of no node
 */
export function checkSpeaker(topic: NodeName | undefined, header: Header): void {
  if (topic === undefined) throw invalidField('topic', 'firsteight/v1/<site>/<node>/...', 'another')
  for (const field of ['site', 'node'] as const) {
    if (header[field] !== topic[field]) {
      throw invalidField(`header.${field}`, `the topic's "${topic[field]}"`, `"${header[field]}"`)
    }
  }
}

function checkAnomaly(anomaly: Anomaly): void {
  checkText('anomaly.tag', anomaly.tag, 64)
  checkEnum('anomaly.kind', anomaly.kind, v1.Kind)
  checkEnum('anomaly.severity', anomaly.severity, v1.Severity)
  checkEnum('anomaly.route', anomaly.route, v1.Route)
  checkPresent('anomaly.flow', anomaly.flow)
  checkFlow(anomaly.flow)
  checkEnum('anomaly.context', anomaly.context, v1.Context)
  checkInteger('anomaly.first_seen_microseconds', anomaly.firstSeenMicroseconds)
  checkInteger('anomaly.last_seen_microseconds', anomaly.lastSeenMicroseconds)

  const short = anomaly.kind === v1.Kind.SHORT
  checkBytes('anomaly.first_eight', anomaly.firstEight, short ? { maximum: 7 } : { minimum: 8, maximum: 8 })
  const network = { minimum: short ? 0 : 8, maximum: 8 }
  checkBytes('anomaly.reconstructed_eight', anomaly.reconstructedEight, network)
  checkBytes('anomaly.input_mask', anomaly.inputMask, network)
  checkNumber('anomaly.loss', anomaly.loss)
  checkNumber('anomaly.threshold', anomaly.threshold)
  if ((anomaly.confidence === undefined) !== (anomaly.uncalibrated === true)) {
    throw invalidField('anomaly.confidence_value', 'a confidence or uncalibrated = true', 'neither')
  }
  if (anomaly.confidence !== undefined) checkNumber('anomaly.confidence', anomaly.confidence, 1)
  if (anomaly.pValue !== undefined) checkNumber('anomaly.p_value', anomaly.pValue, 1)
  checkCount('anomaly.corroboration', anomaly.corroboration, MAXIMUM_CORROBORATION)
  for (const fact of anomaly.corroboration) checkText('anomaly.corroboration', fact, CORROBORATION_LENGTH)
  checkModelId('anomaly.model_id', anomaly.modelId)

  checkInteger('anomaly.anomalous_streams', anomaly.anomalousStreams)
  checkInteger('anomaly.total_streams', anomaly.totalStreams)
  checkInteger('anomaly.message_index', anomaly.messageIndex)
  checkBytes('anomaly.payload_prefix', anomaly.payloadPrefix, { maximum: 64 })
  checkCount('anomaly.examples', anomaly.examples, MAXIMUM_EXAMPLES)
  for (const [index, example] of anomaly.examples.entries()) {
    checkExample(`anomaly.examples[${index}]`, example)
  }
  checkText('anomaly.triage_hint', anomaly.triageHint, 512)
  checkText('anomaly.instruction', anomaly.instruction, 1024)
  if (anomaly.evidence == null) delete anomaly.evidence
  else checkEvidence(anomaly.evidence)
}

function checkEvidence({ eventId, sha256, sectionBytes, packets }: Evidence): void {
  checkUuid('anomaly.evidence.event_id', eventId)
  checkBytes('anomaly.evidence.sha256', sha256, { minimum: 32, maximum: 32 })
  checkInteger('anomaly.evidence.section_bytes', sectionBytes)
  checkInteger('anomaly.evidence.packets', packets)
}

function checkFlow(flow: Flow): void {
  checkEnum('anomaly.flow.transport', flow.transport, v1.Transport)
  const length = flow.clientAddress.length === 16 ? 16 : 4
  checkBytes('anomaly.flow.client_address', flow.clientAddress, { minimum: length, maximum: length })
  checkBytes('anomaly.flow.server_address', flow.serverAddress, { minimum: length, maximum: length })
  checkInteger('anomaly.flow.client_port', flow.clientPort, 65_535)
  checkInteger('anomaly.flow.server_port', flow.serverPort, 65_535)
  checkCount('anomaly.flow.vlan_ids', flow.vlanIds, 8)
  for (const vlanId of flow.vlanIds) checkInteger('anomaly.flow.vlan_ids', vlanId, 4095)
  checkText('anomaly.flow.community_id', flow.communityId, 64)
}

function checkExample(field: string, example: Example): void {
  checkInteger(`${field}.seen_microseconds`, example.seenMicroseconds)
  checkEnum(`${field}.context`, example.context, v1.Context)
  checkBytes(`${field}.first_eight`, example.firstEight, { maximum: 8 })
  checkNumber(`${field}.loss`, example.loss)
  checkBytes(`${field}.payload_prefix`, example.payloadPrefix, { maximum: 64 })
}

function checkSuppressed(suppressed: Suppressed): void {
  checkInteger('suppressed.from_microseconds', suppressed.fromMicroseconds)
  checkInteger('suppressed.to_microseconds', suppressed.toMicroseconds)
  checkInteger('suppressed.alerts', suppressed.alerts)
  checkInteger('suppressed.anomalous_streams', suppressed.anomalousStreams)
  checkInteger('suppressed.escalations', suppressed.escalations, suppressed.alerts)
  checkInteger('suppressed.over_share', suppressed.overShare, suppressed.alerts)
}

/** Empty (no model) or the SHA-256 of the model file in hex. */
export function checkModelId(field: string, modelId: string): void {
  if (!/^([0-9a-f]{64})?$/.test(modelId)) {
    throw invalidField(field, '64 hex digits in lower case', `${modelId.length} other characters`)
  }
}
