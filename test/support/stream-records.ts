import type { ModelAssurance } from '../../agent/route/gate.js'
import type { StreamRecord } from '../../core/stream-record.js'

/** A stream record as the kernel would report it, with these fields of your choice. */
export function streamRecord(fields: Partial<StreamRecord> = {}): StreamRecord {
  const payloadPrefix = fields.payloadPrefix ?? new TextEncoder().encode('SSH-2.0-OpenSSH_9.2\r\n')
  return {
    kind: 'anomaly',
    context: 'tcp-query',
    transport: 'tcp',
    timeMicroseconds: 1_700_000_000_000_000,
    clientAddress: Uint8Array.of(10, 0, 0, 1),
    clientPort: 50000,
    serverAddress: Uint8Array.of(10, 0, 0, 53),
    serverPort: 53,
    vlanIds: [],
    firstEight: payloadPrefix.slice(0, 8),
    reconstructedEight: new Uint8Array(8),
    loss: 7.5,
    threshold: 0.5,
    messageIndex: 0,
    flowStreams: 1,
    flowAnomalies: 1,
    payloadPrefix,
    payloadLength: payloadPrefix.length,
    ...fields,
  }
}

/** What a model without calibration says of itself. */
export const UNCALIBRATED: ModelAssurance = {
  confidenceOf: () => undefined,
  pValueOf: () => undefined,
  gate: { open: false, confidence: 1 },
}

/** A client and a server that no other number has, nor their networks. */
export function hostPair(number: number): Pick<StreamRecord, 'clientAddress' | 'serverAddress'> {
  return {
    clientAddress: Uint8Array.of(10, number >> 8, number & 255, 1),
    serverAddress: Uint8Array.of(11, number >> 8, number & 255, 53),
  }
}
