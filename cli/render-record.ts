import { triageHint } from '../agent/route/triage.js'
import { formatAddress, formatEndpoint } from '../core/addresses.js'
import { isoTime } from '../core/message-json.js'
import type { StreamRecord } from '../core/stream-record.js'

/** Streams as the kernel reports them, for `score`: JSON and text. */

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

export function recordJson(record: StreamRecord): Record<string, unknown> {
  return {
    kind: record.kind,
    context: record.context,
    time: isoTime(record.timeMicroseconds),
    transport: record.transport,
    clientAddress: formatAddress(record.clientAddress),
    clientPort: record.clientPort,
    serverAddress: formatAddress(record.serverAddress),
    serverPort: record.serverPort,
    vlanIds: record.vlanIds,
    firstEight: hex(record.firstEight),
    ...(record.kind !== 'short' && {
      reconstructedEight: hex(record.reconstructedEight),
      loss: record.loss,
      threshold: record.threshold,
    }),
    messageIndex: record.messageIndex,
    payloadLength: record.payloadLength,
    triageHint: triageHint(record),
  }
}

/** One line. */
export function recordText(record: StreamRecord): string {
  const flow = `${formatEndpoint(record.clientAddress, record.clientPort)} > ${formatEndpoint(record.serverAddress, record.serverPort)}`
  const loss =
    record.kind === 'short'
      ? `ended after ${record.firstEight.length} of 8 bytes`
      : `loss ${record.loss.toPrecision(3)}, threshold ${record.threshold.toPrecision(3)}`
  const time = isoTime(record.timeMicroseconds).slice(11, 23)
  return `${time}  ${record.context.padEnd(12)}  ${flow}  ${hex(record.firstEight).padEnd(16)}  ${loss}  ${triageHint(record)}`
}
