import { randomUUID } from 'node:crypto'
import type { Anomaly, AnomalyReport, Header, Status } from '../../core/messages.js'
import { firsteight } from '../../generated/messages.js'

/** Valid messages for tests: an SSH banner sent to TCP port 53. */

const { v1 } = firsteight

export function sampleHeader(change: Partial<Header> = {}): Header {
  return {
    schemaVersion: 1,
    site: 'branch-17',
    node: 'edge-1',
    bootId: '6f9c2f2e-7d0a-4a55-9a3e-3f6f0f5f7a10',
    sequence: 42,
    publishedAtMicroseconds: 1_790_000_000_123_456,
    ...change,
  }
}

export function sampleAnomaly(change: Partial<Anomaly> = {}): Anomaly {
  return {
    tag: 'AI-Anomalous-DNS-Reconstruction',
    kind: v1.Kind.RECONSTRUCTION,
    severity: v1.Severity.HIGH,
    route: v1.Route.REVIEW,
    flow: {
      transport: v1.Transport.TCP,
      clientAddress: Uint8Array.of(192, 0, 2, 10),
      clientPort: 49_152,
      serverAddress: Uint8Array.of(198, 51, 100, 5),
      serverPort: 53,
      vlanIds: [12],
      communityId: '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
    },
    context: v1.Context.TCP_QUERY,
    firstSeenMicroseconds: 1_790_000_000_000_001,
    lastSeenMicroseconds: 1_790_000_000_100_000,
    firstEight: Buffer.from('SSH-2.0-'),
    reconstructedEight: Buffer.from('001c000001000001', 'hex'),
    inputMask: Buffer.from('ffff0000ffffffff', 'hex'),
    loss: 7.25,
    threshold: 0.5,
    uncalibrated: true,
    corroboration: ['rule-rejects'],
    modelId: 'ab'.repeat(32),
    anomalousStreams: 1,
    totalStreams: 1,
    messageIndex: 0,
    payloadPrefix: Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n'),
    payloadLength: 23,
    examples: [
      {
        seenMicroseconds: 1_790_000_000_100_000,
        context: v1.Context.TCP_RESPONSE,
        firstEight: Buffer.from('SSH-2.0-'),
        loss: 6.5,
        payloadPrefix: Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n'),
      },
    ],
    triageHint: 'SSH banner',
    instruction: 'Review the raw flow data of this connection.',
    ...change,
  }
}

export function sampleReport(change: Partial<AnomalyReport> = {}): AnomalyReport {
  return { header: sampleHeader(), eventId: randomUUID(), anomaly: sampleAnomaly(), ...change }
}

export function sampleStatus(change: Partial<Status> = {}): Status {
  return {
    header: sampleHeader(),
    state: v1.State.ONLINE,
    startedAtMicroseconds: 1_789_999_999_000_000,
    agentVersion: '0.1.0',
    modelId: 'ab'.repeat(32),
    kernel: 'simd',
    capture: 'stream',
    outboxDropped: 0,
    outboxStorage: 'disk',
    ...change,
  }
}
