import { firsteight } from '../generated/messages.js'
import { formatAddress } from './addresses.js'
import { contextName } from './contexts.js'
import type { Anomaly, AnomalyReport, Header, Status, Suppressed } from './messages.js'

/**
 * Messages as plain JSON for `--json` output: bytes as hex, times as ISO 8601 in UTC with microseconds,
 * enums by name, addresses as text. Takes only checked messages.
 */

const { v1 } = firsteight

export function anomalyReportJson(report: AnomalyReport): Record<string, unknown> {
  return {
    eventId: report.eventId,
    ...headerJson(report.header),
    ...(report.anomaly && { anomaly: anomalyJson(report.anomaly) }),
    ...(report.suppressed && { suppressed: suppressedJson(report.suppressed) }),
  }
}

export function statusJson(status: Status): Record<string, unknown> {
  return {
    ...headerJson(status.header),
    state: v1.State[status.state],
    startedAt: isoTime(status.startedAtMicroseconds),
    agentVersion: status.agentVersion,
    modelId: status.modelId,
    kernel: status.kernel,
    capture: status.capture,
    outboxDropped: status.outboxDropped,
    outboxStorage: status.outboxStorage,
  }
}

/** One anomaly, without the report around it. `confidence` and `pValue` are a number or `"uncalibrated"`. */
export function anomalyJson(anomaly: Anomaly): Record<string, unknown> {
  const { flow } = anomaly
  return {
    tag: anomaly.tag,
    kind: v1.Kind[anomaly.kind],
    severity: v1.Severity[anomaly.severity],
    route: v1.Route[anomaly.route],
    flow: {
      transport: v1.Transport[flow.transport],
      clientAddress: formatAddress(flow.clientAddress),
      clientPort: flow.clientPort,
      serverAddress: formatAddress(flow.serverAddress),
      serverPort: flow.serverPort,
      vlanIds: flow.vlanIds,
      communityId: flow.communityId,
    },
    context: contextName(anomaly.context),
    firstSeen: isoTime(anomaly.firstSeenMicroseconds),
    lastSeen: isoTime(anomaly.lastSeenMicroseconds),
    firstEight: hex(anomaly.firstEight),
    reconstructedEight: hex(anomaly.reconstructedEight),
    inputMask: hex(anomaly.inputMask),
    loss: anomaly.loss,
    threshold: anomaly.threshold,
    confidence: anomaly.confidence ?? 'uncalibrated',
    pValue: anomaly.pValue ?? 'uncalibrated',
    corroboration: anomaly.corroboration,
    modelId: anomaly.modelId,
    anomalousStreams: anomaly.anomalousStreams,
    totalStreams: anomaly.totalStreams,
    messageIndex: anomaly.messageIndex,
    payloadPrefix: hex(anomaly.payloadPrefix),
    payloadLength: anomaly.payloadLength,
    examples: anomaly.examples.map((example) => ({
      seen: isoTime(example.seenMicroseconds),
      context: contextName(example.context),
      firstEight: hex(example.firstEight),
      loss: example.loss,
      payloadPrefix: hex(example.payloadPrefix),
    })),
    triageHint: anomaly.triageHint,
    instruction: anomaly.instruction,
    ...(anomaly.evidence && {
      evidence: {
        eventId: anomaly.evidence.eventId,
        sha256: hex(anomaly.evidence.sha256),
        sectionBytes: anomaly.evidence.sectionBytes,
        packets: anomaly.evidence.packets,
      },
    }),
  }
}

/** @param microseconds since 1970-01-01T00:00:00Z, an integer from 0 to 2^53 - 1 (the year 2255) */
export function isoTime(microseconds: number): string {
  const toSeconds = new Date(Math.floor(microseconds / 1000)).toISOString().slice(0, 19)
  return `${toSeconds}.${String(microseconds % 1_000_000).padStart(6, '0')}Z`
}

export function headerJson(header: Header): Record<string, unknown> {
  return {
    site: header.site,
    node: header.node,
    bootId: header.bootId,
    sequence: header.sequence,
    publishedAt: isoTime(header.publishedAtMicroseconds),
  }
}

/** What the cap held back, without the report around it. */
export function suppressedJson(suppressed: Suppressed): Record<string, unknown> {
  return {
    from: isoTime(suppressed.fromMicroseconds),
    to: isoTime(suppressed.toMicroseconds),
    alerts: suppressed.alerts,
    escalations: suppressed.escalations,
    anomalousStreams: suppressed.anomalousStreams,
    capPerMinute: suppressed.capPerMinute,
    overShare: suppressed.overShare,
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
