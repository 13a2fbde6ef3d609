import { formatAddress, formatEndpoint } from '../../core/addresses.js'
import { communityId } from '../../core/community-id.js'
import { type ContextName, contextNumber } from '../../core/contexts.js'
import { corroborationOf } from '../../core/corroboration.js'
import { isoTime } from '../../core/message-json.js'
import { ANOMALY_TAG } from '../../core/messages.js'
import { inputMasksOf, type ModelFile } from '../../core/model-file.js'
import type { StreamRecord } from '../../core/stream-record.js'
import { firsteight } from '../../generated/messages.js'
import type { FlowAlert } from './aggregate.js'
import { assuranceOf, decide, type ModelAssurance } from './gate.js'
import { triageHint } from './triage.js'

const { Kind, Transport } = firsteight.v1

/** What alerts say of the model that scored. */
export interface ModelFacts {
  /** SHA-256 of the model file, hex. */
  readonly id: string
  /** Eight bytes for each context that the model knows. */
  readonly inputMasks: ReadonlyMap<ContextName, Uint8Array>
  readonly assurance: ModelAssurance
}

export function modelFactsOf(file: ModelFile): ModelFacts {
  return {
    id: file.id,
    inputMasks: inputMasksOf(file),
    assurance: assuranceOf(file),
  }
}

/**
 * The message for one flow's alert.
 * @param payloadBytes how many payload bytes it may carry, 0 to 64
 */
export function anomalyFrom(
  alert: FlowAlert,
  model: ModelFacts,
  payloadBytes: number,
): firsteight.v1.Anomaly.$Properties {
  const { record } = alert
  const { route, severity, confidence } = decide(record, model.assurance)
  const pValue = record.kind === 'short' ? undefined : model.assurance.pValueOf(record)
  const community = communityId(record)
  return {
    tag: ANOMALY_TAG,
    kind: record.kind === 'short' ? Kind.SHORT : Kind.RECONSTRUCTION,
    severity,
    route,
    flow: {
      transport: record.transport === 'tcp' ? Transport.TCP : Transport.UDP,
      clientAddress: record.clientAddress,
      clientPort: record.clientPort,
      serverAddress: record.serverAddress,
      serverPort: record.serverPort,
      vlanIds: record.vlanIds,
      communityId: community,
    },
    context: contextNumber(record.context),
    firstSeenMicroseconds: messageTime(alert.firstSeenMicroseconds),
    lastSeenMicroseconds: messageTime(alert.lastSeenMicroseconds),
    firstEight: record.firstEight,
    reconstructedEight: record.reconstructedEight,
    inputMask: model.inputMasks.get(record.context) ?? new Uint8Array(8),
    loss: record.loss,
    threshold: record.threshold,
    ...(confidence === undefined ? { uncalibrated: true } : { confidence }),
    ...(pValue === undefined ? {} : { pValue }),
    corroboration: corroborationNames(alert),
    modelId: model.id,
    anomalousStreams: alert.anomalousStreams,
    totalStreams: alert.totalStreams,
    messageIndex: record.messageIndex,
    payloadPrefix: record.payloadPrefix.subarray(0, payloadBytes),
    payloadLength: record.payloadLength,
    examples: alert.examples.map((example) => ({
      seenMicroseconds: messageTime(example.timeMicroseconds),
      context: contextNumber(example.context),
      firstEight: example.firstEight,
      loss: example.loss,
      payloadPrefix: example.payloadPrefix.subarray(0, payloadBytes),
    })),
    triageHint: triageHint(withoutLaterPayload(record, payloadBytes)),
    instruction: instructionFor(alert, community),
  }
}

function corroborationNames({ record, bothDirections }: FlowAlert): string[] {
  if (record.kind === 'short') return []
  return bothDirections ? [...corroborationOf(record), 'both-directions'] : corroborationOf(record)
}

/** Capture files may carry any time; messages carry whole microseconds that JavaScript can count exactly. */
export function messageTime(microseconds: number): number {
  return Math.min(Math.max(0, Math.floor(microseconds)), Number.MAX_SAFE_INTEGER)
}

/** The hint quotes what it sees, so it sees no more than the alert shows: the payload's share, and the first eight. */
function withoutLaterPayload(record: StreamRecord, payloadBytes: number): StreamRecord {
  return { ...record, payloadPrefix: record.payloadPrefix.subarray(0, Math.max(8, payloadBytes)) }
}

/** What the analyst does next: where to find the flow's raw data. */
function instructionFor(alert: FlowAlert, community: string): string {
  const { record } = alert
  const what =
    record.kind === 'short'
      ? 'the stream ended before its eighth byte and could not be scored'
      : 'the first eight bytes of the stream are not what this model knows of DNS'
  const client = formatEndpoint(record.clientAddress, record.clientPort)
  const server = formatEndpoint(record.serverAddress, record.serverPort)
  const from = isoTime(messageTime(alert.firstSeenMicroseconds))
  const to = isoTime(messageTime(alert.lastSeenMicroseconds))
  return (
    `Review the raw flow data: ${what}. ` +
    `Find the flow by its Community ID ${community} (Zeek, Suricata), ` +
    `or by ${record.transport} ${client} - ${server}, seen from ${from} to ${to}. ` +
    `In a capture file: tcpdump -nn -X -r FILE '${captureFilterFor(record)}'`
  )
}

/** pcap filter expression of the flow, both directions. `vlan` comes first: it moves the offsets of what follows. */
function captureFilterFor(record: StreamRecord): string {
  const client = `host ${formatAddress(record.clientAddress)} and port ${record.clientPort}`
  const server = `host ${formatAddress(record.serverAddress)} and port ${record.serverPort}`
  const tags = record.vlanIds.map((id) => `vlan ${id} and `).join('')
  return `${tags}${record.transport} and ${client} and ${server}`
}
