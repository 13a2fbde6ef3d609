import type { AgentReport } from '../agent/agent.js'
import type { ReportBody } from '../agent/report-body.js'
import { formatEndpoint } from '../core/addresses.js'
import { contextName } from '../core/contexts.js'
import { anomalyJson, suppressedJson } from '../core/message-json.js'
import type { Anomaly, Suppressed } from '../core/messages.js'
import { firsteight } from '../generated/messages.js'
import { captureSummary, captureSummaryText } from './capture-summary.js'

const { Route, Severity } = firsteight.v1

/** What an agent published and counted, for `run` and `replay`: JSON and text. */

export function bodyJson(eventId: string, body: ReportBody): Record<string, unknown> {
  return 'anomaly' in body
    ? { type: 'anomaly', eventId, anomaly: anomalyJson(body.anomaly as Anomaly) }
    : { type: 'suppressed', eventId, suppressed: suppressedJson(body.suppressed as Suppressed) }
}

/** One line. */
export function bodyText(body: ReportBody): string {
  if ('suppressed' in body) {
    const { alerts, anomalousStreams, capPerMinute } = body.suppressed as Suppressed
    return `held back ${alerts} alerts of ${anomalousStreams} streams: the cap is ${capPerMinute} a minute`
  }
  const { severity, route, flow, context, firstEight, triageHint, anomalousStreams } = body.anomaly as Anomaly
  const ends = `${formatEndpoint(flow.clientAddress, flow.clientPort)} > ${formatEndpoint(flow.serverAddress, flow.serverPort)}`
  return (
    `${Severity[severity]} ${Route[route]!.toLowerCase()}: ${contextName(context)} ${ends}` +
    ` ${Buffer.from(firstEight).toString('hex')} (${triageHint}), streams: ${anomalousStreams}`
  )
}

export function reportJson(report: AgentReport): Record<string, unknown> {
  const { kernel, capture, alerts, link, evidence, packetToBroker } = report
  return {
    ...captureSummary(kernel),
    capture: { received: capture.received ?? 'unknown', dropped: capture.dropped ?? 'unknown' },
    alerts,
    link,
    ...(evidence && { evidence }),
    ...(packetToBroker && { packetToBroker }),
  }
}

export function reportText(report: AgentReport): string {
  const { kernel, capture, alerts, link, evidence, packetToBroker } = report
  const critical = alerts.suppressedEscalations > 0 ? ` (${alerts.suppressedEscalations} critical)` : ''
  return [
    captureSummaryText(kernel),
    `capture: ${capture.received ?? 'unknown'} received, ${capture.dropped ?? 'unknown'} dropped`,
    `alerts: ${alerts.publishedAlerts} for ${alerts.publishedStreams} streams; held back: ${alerts.suppressedAlerts} for ${alerts.suppressedStreams}${critical}`,
    `broker: ${link.acknowledged} of ${link.published} reports acknowledged, ${link.dropped} dropped`,
    ...(evidence
      ? [`evidence: ${evidence.flows} flows, ${evidence.packets} packets, ${evidence.dropped} files dropped`]
      : []),
    ...(packetToBroker
      ? [
          `packet to broker: median ${packetToBroker.medianMilliseconds} ms, 99% within ${packetToBroker.highMilliseconds} ms`,
        ]
      : []),
  ].join('\n')
}
