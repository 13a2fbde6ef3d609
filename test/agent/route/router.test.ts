import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import type { ReportBody } from '../../../agent/report-body.js'
import type { ModelFacts } from '../../../agent/route/anomaly.js'
import { type AlertLimits, Router } from '../../../agent/route/router.js'
import type { StreamRecord } from '../../../core/stream-record.js'
import { hostPair, streamRecord, UNCALIBRATED } from '../../support/stream-records.js'

const SECOND = 1_000_000
const START = 1_700_000_000 * SECOND

const MODEL: ModelFacts = {
  id: '',
  inputMasks: new Map(),
  assurance: UNCALIBRATED,
}

function setUp(limits: Partial<AlertLimits> = {}, model = MODEL) {
  const bodies: ReportBody[] = []
  const all = {
    windowSeconds: 10,
    capPerMinute: 60,
    examples: 3,
    maximumFlows: 4096,
    payloadBytes: 64,
    ...limits,
  }
  const it = new Router(all, model, (body) => bodies.push(body))
  const at = (second: number, fields: Partial<StreamRecord> = {}) =>
    it.route(streamRecord({ timeMicroseconds: START + second * SECOND, ...fields }))
  /** Streams told of: a number for each alert, text for each summary. */
  const told = () =>
    bodies.map((body) =>
      'anomaly' in body
        ? body.anomaly.anomalousStreams
        : `${body.suppressed.alerts} alerts, ${body.suppressed.anomalousStreams} streams`,
    )
  return { router: it, bodies, at, told }
}

function balance(it: Router): number {
  const { recordsIn, exceptedStreams, publishedStreams, suppressedStreams, openStreams } = it.counters()
  return recordsIn - exceptedStreams - publishedStreams - suppressedStreams - openStreams
}

t.test('one flow: at once, then the rest of the window, by the records alone', async (t) => {
  const { at, told } = setUp()
  for (const second of [0, 1, 2, 11]) at(second)
  t.same(told(), [1, 2])
})

t.test('the same by ticks, where no more records come', async (t) => {
  const { router, at, told } = setUp()
  at(0)
  at(1)
  router.tick(START + 9 * SECOND)
  t.same(told(), [1])
  router.tick(START + 10 * SECOND)
  t.same(told(), [1, 1])
})

t.test('a flood of flows: the cap, and one exact summary at the end of the minute', async (t) => {
  const { router, at, told } = setUp({ capPerMinute: 5 })
  for (let host = 1; host <= 1000; host++) at(0, hostPair(host))
  t.same(told(), [1, 1, 1, 1, 1])
  router.tick(START + 60 * SECOND)
  t.same(told().slice(5), ['995 alerts, 995 streams'])
  t.match(router.counters(), { publishedAlerts: 5, suppressedAlerts: 995, suppressedStreams: 995 })
  t.equal(balance(router), 0)
})

t.test('a flood does not keep other hosts out: not from one host, nor from borrowed addresses', async (t) => {
  const floods: Record<string, (number: number) => Partial<StreamRecord>> = {
    'one host, many ports': (number) => ({ clientPort: 1 + (number % 60_000) }),
    'one network, all its addresses': (number) => ({
      clientAddress: Uint8Array.of(10, 0, 0, number & 255),
      serverAddress: hostPair(number).serverAddress,
    }),
    'addresses from everywhere, one server': (number) => ({ clientAddress: hostPair(number).clientAddress }),
  }
  for (const [name, flood] of Object.entries(floods)) {
    const { router, bodies, at } = setUp()
    let datagrams = 0
    const others: Uint8Array[] = []
    for (let second = 0; second < 50; second++) {
      for (let number = 0; number < 1000; number++) at(second, flood(datagrams++))
      if (second % 10 !== 5) continue
      const other = hostPair(1_000 + 256 * second)
      others.push(other.clientAddress)
      at(second, other)
    }
    const told = bodies.map((body) => ('anomaly' in body ? body.anomaly.flow?.clientAddress : undefined))
    for (const address of others) t.ok(told.includes(address), `${name}: at once`)
    router.close()
    t.equal(balance(router), 0)
    t.ok(router.counters().publishedAlerts <= 60)
    const summary = bodies.at(-1)
    if (!summary || !('suppressed' in summary)) return t.fail('a summary comes last')
    t.equal(Number(summary.suppressed.anomalousStreams), router.counters().suppressedStreams, 'exactly')
    t.ok(Number(summary.suppressed.overShare) > 0)
  }
})

t.test('stopping tells everything', async (t) => {
  const { router, at, told } = setUp({ capPerMinute: 4 })
  at(0, { clientPort: 1 })
  for (const port of [1, 2, 3, 3, 3]) at(1, { clientPort: port })
  router.close()
  t.same(told(), [1, 1, '3 alerts, 4 streams'])
  t.match(router.counters(), { openStreams: 0, openWindows: 0 })
  router.close()
  t.equal(told().length, 3)
})

t.test('clean streams are passed over', async (t) => {
  const { router, at, told } = setUp()
  at(0, { kind: 'clean' })
  t.same(told(), [])
  t.equal(router.counters().recordsIn, 0)
})

t.test('a little disorder in time is normal', async (t) => {
  const { at, told, bodies } = setUp()
  for (const second of [5, 4, 0, 6, 16]) at(second)
  t.same(told(), [1, 3])
  t.match(bodies[1], { anomaly: { firstSeenMicroseconds: START, lastSeenMicroseconds: START + 6 * SECOND } })
})

t.test('a stream told of long after it was seen counts as of now', async (t) => {
  const { at, told } = setUp()
  at(1000)
  at(500, { kind: 'short' })
  at(1001)
  at(501, { kind: 'short' })
  at(1010)
  t.same(told(), [1, 1, 1, 1], 'the windows of both went on')
})

t.test('a clock set back, or one wild time stamp, stops neither windows nor minutes', async (t) => {
  const { router, at, told } = setUp({ capPerMinute: 4 })
  at(1_000_000_000)
  at(0)
  router.tick(START + 1 * SECOND)
  t.same(told(), [1, 1], 'what waited was told')
  at(2)
  t.equal(router.counters().suppressedAlerts, 1, 'the minute went on')
  router.tick(START + 61 * SECOND)
  t.same(told().slice(2), ['1 alerts, 1 streams'])
  at(62, { clientPort: 2 })
  t.equal(told().length, 4)
})

t.test('how often the clock ticks makes no difference', async (t) => {
  const record = fc.record({
    clientPort: fc.integer({ min: 1, max: 4 }),
    step: fc.integer({ min: 0, max: 30 * SECOND }),
    ticks: fc.integer({ min: 0, max: 4 }),
  })
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 60 }),
      fc.integer({ min: 1, max: 6 }),
      (steps, capPerMinute) => {
        const [ticked, plain] = [
          setUp({ capPerMinute, windowSeconds: 7 }),
          setUp({ capPerMinute, windowSeconds: 7 }),
        ]
        let time = START
        for (const { clientPort, step, ticks } of steps) {
          for (let tick = 1; tick <= ticks; tick++)
            ticked.router.tick(time + Math.floor((step * tick) / ticks))
          time += step
          for (const { router } of [ticked, plain])
            router.route(streamRecord({ clientPort, timeMicroseconds: time }))
        }
        for (const { router } of [ticked, plain]) router.close()
        return isDeepStrictEqual(ticked.bodies, plain.bodies)
      },
    ),
    { numRuns: 300 },
  )
  t.pass()
})

t.test('every record is accounted for, whatever comes in whatever order', async (t) => {
  const record = fc.record({
    kind: fc.constantFrom('anomaly' as const, 'short' as const),
    transport: fc.constantFrom('udp' as const, 'tcp' as const),
    clientPort: fc.integer({ min: 1, max: 6 }),
    step: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 3 * SECOND }) },
      { weight: 2, arbitrary: fc.integer({ min: -5 * SECOND, max: 70 * SECOND }) },
      { weight: 1, arbitrary: fc.integer({ min: -1000 * SECOND, max: 1000 * SECOND }) },
    ),
    call: fc.constantFrom('route' as const, 'route' as const, 'route' as const, 'tick' as const),
  })
  const limits = fc.record({
    windowSeconds: fc.integer({ min: 1, max: 20 }),
    capPerMinute: fc.integer({ min: 1, max: 8 }),
    examples: fc.integer({ min: 0, max: 3 }),
    maximumFlows: fc.integer({ min: 1, max: 5 }),
    payloadBytes: fc.integer({ min: 0, max: 64 }),
  })
  fc.assert(
    fc.property(limits, fc.array(record, { maxLength: 120 }), (limits, steps) => {
      const { router, bodies } = setUp(limits)
      let time = START
      for (const { kind, transport, clientPort, step, call } of steps) {
        time += step
        if (call === 'tick') router.tick(time)
        else router.route(streamRecord({ kind, transport, clientPort, timeMicroseconds: time }))
        if (balance(router) !== 0) return false
        if (router.counters().openWindows > limits.maximumFlows) return false
      }
      router.close()
      const counters = router.counters()
      const sum = (values: (number | null | undefined)[]) => values.reduce<number>((a, b) => a + (b ?? 0), 0)
      const anomalies = bodies.flatMap((body) => ('anomaly' in body ? [body.anomaly] : []))
      const summaries = bodies.flatMap((body) => ('suppressed' in body ? [body.suppressed] : []))
      // What was published says the same as the counters.
      return (
        balance(router) === 0 &&
        counters.openStreams === 0 &&
        counters.recordsIn === steps.filter(({ call }) => call === 'route').length &&
        sum(anomalies.map((anomaly) => anomaly.anomalousStreams)) === counters.publishedStreams &&
        sum(summaries.map((summary) => summary.anomalousStreams)) === counters.suppressedStreams &&
        sum(summaries.map((summary) => summary.alerts)) === counters.suppressedAlerts &&
        anomalies.length === counters.publishedAlerts &&
        anomalies.every((anomaly) => anomaly.examples!.length <= limits.examples)
      )
    }),
    { numRuns: 500 },
  )
  t.pass()
})

const CALIBRATED: ModelFacts = {
  ...MODEL,
  assurance: {
    confidenceOf: ({ loss }) => loss / 10,
    pValueOf: () => 0.001,
    gate: { open: true, confidence: 0.9 },
  },
}

t.test('a critical alert passes a flood of others', async (t) => {
  const { router, bodies, at } = setUp({ capPerMinute: 5 }, CALIBRATED)
  for (let host = 1; host <= 1000; host++) at(0, { ...hostPair(host), loss: 8 })
  for (let host = 2001; host <= 2006; host++) at(1, { ...hostPair(host), loss: 9.5 })
  router.close()
  const severities = bodies.map((body) => ('anomaly' in body ? body.anomaly.severity : 'summary'))
  t.same(severities, [2, 2, 2, 2, 2, 4, 4, 4, 4, 4, 'summary'])
  t.match(bodies.at(-1), { suppressed: { alerts: 996, escalations: 1 } })
  t.match(router.counters(), { suppressedAlerts: 996, suppressedEscalations: 1 })
  t.equal(balance(router), 0)
})

t.test('a critical stream among others of its flow makes the alert critical', async (t) => {
  const { router, bodies, at } = setUp({}, CALIBRATED)
  for (const loss of [8, 7, 9.5, 6]) at(0, { loss })
  router.close()
  t.match(bodies[1], { anomaly: { severity: 4, loss: 9.5, anomalousStreams: 3 } })
})

t.test('exceptions come first: counted, told to nobody', async (t) => {
  const bodies: ReportBody[] = []
  const limits = { windowSeconds: 10, capPerMinute: 60, examples: 3, maximumFlows: 4096, payloadBytes: 64 }
  const exceptions = { allows: ({ serverPort }: StreamRecord) => serverPort === 53 }
  const router = new Router(limits, MODEL, (body) => bodies.push(body), exceptions)
  for (const serverPort of [53, 5353, 53]) router.route(streamRecord({ serverPort }))
  t.equal(bodies.length, 1)
  t.match(router.counters(), { recordsIn: 3, exceptedStreams: 2, publishedStreams: 1 })
  t.equal(balance(router), 0)
})

t.test('other limits are in force at once', async (t) => {
  const { router, bodies, at, told } = setUp({ capPerMinute: 2 })
  const limits = { windowSeconds: 10, capPerMinute: 2, examples: 3, maximumFlows: 4096, payloadBytes: 64 }
  for (const host of [1, 2, 3]) at(0, hostPair(host))
  t.same(told(), [1, 1])
  router.apply({ ...limits, capPerMinute: 3, payloadBytes: 0 })
  t.same(told(), [1, 1, '1 alerts, 1 streams'], 'what the other cap held back is told')
  t.match(bodies.at(-1), { suppressed: { capPerMinute: 2 } })
  at(1, hostPair(4))
  at(1, hostPair(5))
  t.same(told().slice(3), [1], 'three in this minute')
  t.match(bodies.at(-1), { anomaly: { payloadPrefix: new Uint8Array(0) } })

  at(2, hostPair(1))
  t.equal(router.counters().openStreams, 1)
  router.apply({ ...limits, capPerMinute: 100, windowSeconds: 20 })
  t.equal(router.counters().openStreams, 0, 'windows of another length are closed')
  t.equal(balance(router), 0)
  at(3, hostPair(1))
  at(22, hostPair(1))
  t.equal(router.counters().openStreams, 1, 'the new window is 20 seconds long')
})
