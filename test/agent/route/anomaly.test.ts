import { spawnSync } from 'node:child_process'
import t from 'tap'
import type { FlowAlert } from '../../../agent/route/aggregate.js'
import { anomalyFrom, type ModelFacts, modelFactsOf } from '../../../agent/route/anomaly.js'
import { type Anomaly, decodeAnomalyReport, encodeAnomalyReport } from '../../../core/messages.js'
import { encodeModelFile } from '../../../core/model-file.js'
import type { StreamRecord } from '../../../core/stream-record.js'
import { firsteight } from '../../../generated/messages.js'
import { randomModel } from '../../support/random-model.js'
import { findProgram, requires } from '../../support/requires.js'
import { streamRecord, UNCALIBRATED } from '../../support/stream-records.js'

const { Context, Kind, Route, Severity, Transport } = firsteight.v1

const MASK = Uint8Array.of(0, 0, 0, 0, 255, 255, 255, 255)

const MODEL: ModelFacts = {
  id: 'ab'.repeat(32),
  inputMasks: new Map([['tcp-query', MASK]]),
  assurance: UNCALIBRATED,
}

function alertOf(fields: Partial<StreamRecord> = {}, alert: Partial<FlowAlert> = {}): FlowAlert {
  const record = streamRecord(fields)
  const time = record.timeMicroseconds
  const window = { firstSeenMicroseconds: time, lastSeenMicroseconds: time }
  return {
    record,
    anomalousStreams: 1,
    totalStreams: 1,
    examples: [],
    bothDirections: false,
    ...window,
    ...alert,
  }
}

/** The anomaly as a receiver decodes it: so every field passes the wire's own checks. */
function received(alert: FlowAlert, model = MODEL, payloadBytes = 64): Anomaly {
  const bytes = encodeAnomalyReport({
    header: {
      schemaVersion: 1,
      site: 'site',
      node: 'node',
      bootId: '00000000-0000-4000-8000-000000000000',
      sequence: 1,
    },
    eventId: '00000000-0000-4000-8000-000000000001',
    anomaly: anomalyFrom(alert, model, payloadBytes),
  })
  return decodeAnomalyReport(bytes).anomaly!
}

t.test('every field', async (t) => {
  const reconstructedEight = Uint8Array.of(0, 30, 1, 2, 3, 4, 5, 6)
  const example = streamRecord({ timeMicroseconds: 1_700_000_003_000_000, context: 'tcp-response', loss: 9 })
  const alert = alertOf(
    { reconstructedEight, vlanIds: [10, 20], messageIndex: 2 },
    {
      anomalousStreams: 5,
      totalStreams: 12,
      lastSeenMicroseconds: 1_700_000_004_500_000,
      examples: [example],
    },
  )
  t.match(received(alert), {
    tag: 'AI-Anomalous-DNS-Reconstruction',
    kind: Kind.RECONSTRUCTION,
    severity: Severity.MEDIUM,
    route: Route.REVIEW,
    flow: {
      transport: Transport.TCP,
      clientAddress: Buffer.of(10, 0, 0, 1),
      clientPort: 50000,
      serverAddress: Buffer.of(10, 0, 0, 53),
      serverPort: 53,
      vlanIds: [10, 20],
      communityId: /^1:.{28}$/,
    },
    context: Context.TCP_QUERY,
    firstSeenMicroseconds: 1_700_000_000_000_000,
    lastSeenMicroseconds: 1_700_000_004_500_000,
    firstEight: Buffer.from('SSH-2.0-'),
    reconstructedEight: Buffer.from(reconstructedEight),
    inputMask: Buffer.from(MASK),
    loss: 7.5,
    threshold: 0.5,
    uncalibrated: true,
    modelId: MODEL.id,
    anomalousStreams: 5,
    totalStreams: 12,
    messageIndex: 2,
    payloadPrefix: Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'),
    payloadLength: 21,
    examples: [{ seenMicroseconds: 1_700_000_003_000_000, context: Context.TCP_RESPONSE, loss: 9 }],
    triageHint: /^SSH banner/,
    instruction: /^Review the raw flow data: /,
  })
})

t.test('short streams', async (t) => {
  const bytes = Uint8Array.of(5, 1, 0)
  const alert = alertOf({ kind: 'short', firstEight: bytes, payloadPrefix: bytes, payloadLength: 3, loss: 0 })
  t.match(received(alert), {
    kind: Kind.SHORT,
    severity: Severity.LOW,
    uncalibrated: true,
    firstEight: Buffer.from(bytes),
    triageHint: /ended after 3 of eight/,
    instruction: /ended before its eighth byte/,
  })
})

t.test('a calibrated model states confidence and p-value, and what else speaks for it', async (t) => {
  const model = modelFactsOf(encodeModelFile(randomModel({ seed: 5, hidden: 8, calibrated: true })))
  const anomaly = received(alertOf({}, { bothDirections: true }), model)
  t.match(anomaly, {
    confidence: 0.99,
    pValue: 0.01,
    severity: Severity.CRITICAL,
    route: Route.ESCALATE,
    corroboration: ['rule-rejects', 'prefix-beyond-packet', 'both-directions'],
  })
  t.equal(anomaly.uncalibrated, undefined)
  const short = received(alertOf({ kind: 'short', firstEight: Uint8Array.of(1) }), model)
  t.match(short, { uncalibrated: true, corroboration: [] })
  t.equal(short.pValue, undefined)
})

t.test('an uncalibrated model states neither', async (t) => {
  const model = modelFactsOf(encodeModelFile(randomModel({ seed: 5, hidden: 8 })))
  const anomaly = received(alertOf(), model)
  t.match(anomaly, {
    uncalibrated: true,
    route: Route.REVIEW,
    corroboration: ['rule-rejects', 'prefix-beyond-packet'],
  })
  t.equal(anomaly.confidence, undefined)
  t.equal(anomaly.pValue, undefined)
})

t.test('carries no more payload than allowed, nor does its hint', async (t) => {
  const payloadPrefix = Uint8Array.from(Buffer.from('confidential words of the user'))
  const alert = alertOf({ payloadPrefix }, { examples: [streamRecord({ payloadPrefix })] })
  const anomaly = received(alert, MODEL, 0)
  t.equal(anomaly.payloadPrefix.length, 0)
  t.equal(anomaly.examples[0]?.payloadPrefix.length, 0)
  t.match(anomaly.triageHint, /^printable text "confiden";/)
  t.equal(anomaly.payloadLength, 30)
  t.match(received(alert, MODEL, 16), { payloadPrefix: Buffer.from('confidential wor') })
})

t.test('times that no clock shows stay within the message', async (t) => {
  for (const timeMicroseconds of [-5, 0.5, 2 ** 60, Number.MAX_VALUE]) {
    const anomaly = received(alertOf({ timeMicroseconds }))
    t.ok(Number.isSafeInteger(anomaly.firstSeenMicroseconds))
  }
})

t.test('the instruction names the pivots, for IPv4 and IPv6', async (t) => {
  const { instruction, flow } = received(alertOf({}, { lastSeenMicroseconds: 1_700_000_001_000_001 }))
  for (const pivot of [
    flow.communityId,
    'tcp 10.0.0.1:50000 - 10.0.0.53:53',
    '2023-11-14T22:13:20.000000Z',
    '2023-11-14T22:13:21.000001Z',
    "tcpdump -nn -X -r FILE 'tcp and host 10.0.0.1 and port 50000 and host 10.0.0.53 and port 53'",
  ]) {
    t.ok(instruction.includes(pivot), pivot)
  }
  const clientAddress = Uint8Array.from(Buffer.from('20010db8000000000000000000000001', 'hex'))
  const serverAddress = Uint8Array.from(Buffer.from('20010db8000000000000000000000053', 'hex'))
  const six = received(alertOf({ clientAddress, serverAddress })).instruction
  t.match(six, 'tcp [2001:db8::1]:50000 - [2001:db8::53]:53')
  const longest = alertOf({
    kind: 'short',
    firstEight: new Uint8Array(0),
    clientAddress: new Uint8Array(16).fill(0xff),
    serverAddress: new Uint8Array(16).fill(0xfe),
    clientPort: 65535,
    serverPort: 65535,
    vlanIds: [4094, 4095],
  })
  t.ok(received(longest).instruction.length < 700)
})

t.test(
  'the filter in the instruction is one that tcpdump takes',
  requires({ programs: ['tcpdump'] }),
  async (t) => {
    for (const vlanIds of [[], [10], [10, 20]]) {
      const filter = /FILE '(.*)'$/.exec(received(alertOf({ vlanIds })).instruction)![1]!
      const child = spawnSync(findProgram('tcpdump')!, ['-y', 'EN10MB', '-d', filter], { encoding: 'utf8' })
      t.equal(child.status, 0, `${filter}: ${child.stderr}`)
    }
  },
)
