import { formatEndpoint } from '../core/addresses.js'
import { contextName } from '../core/contexts.js'
import { corroborationText } from '../core/corroboration.js'
import { isoTime } from '../core/message-json.js'
import type { Anomaly, AnomalyReport, Evidence, Flow, Header, Status, Suppressed } from '../core/messages.js'
import { firsteight } from '../generated/messages.js'
import type { Color, Paint } from './color.js'

/** Messages as text for people. Takes only checked messages, whose texts hold no control characters. */

const { v1 } = firsteight
const { Kind, Route, Severity, State, Transport } = v1

const SEVERITY_COLORS: Record<string, Color> = { CRITICAL: 'red', HIGH: 'red', MEDIUM: 'yellow', LOW: 'cyan' }
const STATE_COLORS: Record<string, Color> = { ONLINE: 'green', STOPPED: 'dim', OFFLINE: 'red' }
const LABEL_WIDTH = 15

/** Several aligned lines, without a line end after the last. */
export function renderReport(report: AnomalyReport, paint: Paint): string {
  if (report.suppressed) return renderSuppressed(report.header, report.suppressed, paint)
  return report.anomaly ? renderAlert(report.header, report.eventId, report.anomaly, paint) : ''
}

/** One line. */
export function renderStatus(status: Status, paint: Paint): string {
  const state = State[status.state]!
  const facts = [
    `agent ${status.agentVersion}`,
    status.modelId ? `model ${status.modelId.slice(0, 12)}` : 'no model',
    `${status.kernel} kernel`,
    `capture ${status.capture}`,
    ...(status.outboxDropped > 0 ? [`${status.outboxDropped} alerts dropped`] : []),
    ...(status.outboxStorage === 'fallback' ? ['spool not writable: alerts wait in memory'] : []),
  ]
  return `${paint(STATE_COLORS[state] ?? 'bold', state)} ${speaker(status.header)} (${facts.join(', ')})`
}

function renderAlert(header: Header, eventId: string, anomaly: Anomaly, paint: Paint): string {
  const severity = Severity[anomaly.severity]!
  const lines: [label: string, text: string][] = [
    ['where', speaker(header)],
    ['time', timeText(anomaly)],
    ['flow', flowText(anomaly.flow)],
    ['context', contextText(anomaly)],
    ['first bytes', bytesText(anomaly.firstEight)],
  ]
  if (anomaly.kind === Kind.SHORT) {
    lines.push(['loss', `not scored: ended after ${anomaly.firstEight.length} of 8 bytes`])
  } else {
    lines.push(['reconstructed', reconstructedText(anomaly)])
    lines.push(['loss', `${anomaly.loss.toPrecision(4)} above threshold ${anomaly.threshold.toPrecision(4)}`])
  }
  lines.push(['confidence', confidenceText(anomaly)])
  for (const [index, fact] of anomaly.corroboration.entries()) {
    lines.push([index === 0 ? 'beside it' : '', corroborationText(fact)])
  }
  if (anomaly.triageHint) lines.push(['looks like', anomaly.triageHint])
  if (anomaly.instruction) lines.push(['to do', eachSentenceOnItsLine(anomaly.instruction)])
  lines.push(['event', eventId])
  if (anomaly.evidence) lines.push(...evidenceLines(header, anomaly.evidence))
  const title = `${severity}, ${Route[anomaly.route]!.toLowerCase()}: ${anomaly.tag}`
  return [
    paint(SEVERITY_COLORS[severity] ?? 'bold', title),
    ...lines.map(([label, text]) => `  ${paint('dim', label.padEnd(LABEL_WIDTH))}${text}`),
  ].join('\n')
}

/** The command stands on a line of its own, to be copied. */
function evidenceLines({ site, node }: Header, evidence: Evidence): [label: string, text: string][] {
  const { eventId, sha256, packets, sectionBytes } = evidence
  const digest = Buffer.from(sha256).toString('hex')
  return [
    ['evidence', `${count(packets, 'packet')}, ${sectionBytes} bytes, SHA-256 ${digest}`],
    ['fetch it', `firsteight fleet evidence ${eventId} --node ${site}/${node} --sha256 ${digest}`],
  ]
}

function renderSuppressed(header: Header, suppressed: Suppressed, paint: Paint): string {
  const { alerts, escalations, overShare, anomalousStreams, capPerMinute } = suppressed
  const critical = escalations > 0 ? `, ${escalations} of them critical,` : ''
  const title = paint(escalations > 0 ? 'red' : 'yellow', `${count(alerts, 'alert')}${critical} held back`)
  const span = `${isoTime(suppressed.fromMicroseconds)} to ${isoTime(suppressed.toMicroseconds)}`
  const share =
    overShare > 0 ? `, ${overShare} of them above one host's, network's or server's share of it` : ''
  return `${title} at ${speaker(header)}: ${count(anomalousStreams, 'anomalous stream')}, ${span}, above the cap of ${capPerMinute} a minute${share}`
}

function speaker({ site, node }: Header): string {
  return `site ${site}, node ${node}`
}

function timeText({
  firstSeenMicroseconds,
  lastSeenMicroseconds,
  anomalousStreams,
  totalStreams,
}: Anomaly): string {
  const last = lastSeenMicroseconds > firstSeenMicroseconds ? ` to ${isoTime(lastSeenMicroseconds)}` : ''
  return `${isoTime(firstSeenMicroseconds)}${last}, ${anomalousStreams} anomalous of ${count(totalStreams, 'stream')}`
}

function flowText(flow: Flow): string {
  const client = formatEndpoint(flow.clientAddress, flow.clientPort)
  const server = formatEndpoint(flow.serverAddress, flow.serverPort)
  const vlans = flow.vlanIds.length > 0 ? `, VLAN ${flow.vlanIds.join(', ')}` : ''
  return `${Transport[flow.transport]} client ${client}, server ${server}${vlans}`
}

function confidenceText({ confidence, pValue }: Anomaly): string {
  const share = pValue === undefined ? '' : `, p-value ${pValue.toPrecision(2)} among clean patterns`
  return `${confidence?.toFixed(3) ?? 'uncalibrated'}${share}`
}

function contextText({ context, messageIndex }: Anomaly): string {
  return messageIndex > 0
    ? `${contextName(context)}, message ${messageIndex + 1} of the stream`
    : `${contextName(context)}`
}

/** `53 53 48 2d  "SSH-"`; a dot stands for what is not printable ASCII. */
function bytesText(bytes: Uint8Array): string {
  const text = [...bytes]
    .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
    .join('')
  return `${[...bytes].map(hexByte).join(' ')}  "${text}"`
}

/** Hex of what the network made of the bytes; `--` where the model reads no bit, so that nothing was reconstructed. */
function reconstructedText({ reconstructedEight, inputMask }: Anomaly): string {
  return [...reconstructedEight]
    .map((byte, index) => (inputMask[index] === 0 ? '--' : hexByte(byte)))
    .join(' ')
}

/** Continuation lines stand under the first. */
function eachSentenceOnItsLine(text: string): string {
  return text.replaceAll(/(?<=\.) (?=[A-Z])/g, `\n${' '.repeat(2 + LABEL_WIDTH)}`)
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
