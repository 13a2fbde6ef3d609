import fc from 'fast-check'
import t from 'tap'
import { FirsteightError } from '../../core/errors.js'
import { decodeMetrics, encodeMetrics, metricsJson, metricValue } from '../../core/metrics-message.js'
import { firsteight } from '../../generated/messages.js'
import { sampleHeader } from '../support/sample-messages.js'
import { sampleMetrics } from '../support/sample-metrics.js'

t.test('every metric comes through', async (t) => {
  const metrics = sampleMetrics()
  t.same(decodeMetrics(encodeMetrics(metrics)), metrics)
})

t.test('what is unknown is absent, and zero is zero', async (t) => {
  const known = decodeMetrics(
    encodeMetrics(sampleMetrics({ samples: [{ field: 'captureDropped', label: '', value: 0 }] })),
  )
  t.equal(metricValue(known, 'captureDropped'), 0)
  t.equal(metricValue(known, 'captureReceived'), undefined)
  t.equal(metricValue(known, 'temperatureCelsius'), undefined)
  t.equal(metricValue(known, 'packets'), 0)
  t.equal(metricValue(known, 'ordersRefused'), 0)
  t.match(metricsJson(known), { metrics: { captureDropped: 0, captureReceived: 'unknown', lossP99: {} } })
})

t.test('labelled metrics are summed for a figure, and kept apart in JSON', async (t) => {
  const samples = [
    { field: 'undecoded', label: 'truncated', value: 2 },
    { field: 'undecoded', label: 'not-ip', value: 3 },
    { field: 'streams', label: 'udp-query', value: 7 },
  ]
  const metrics = decodeMetrics(encodeMetrics(sampleMetrics({ samples })))
  t.equal(metricValue(metrics, 'undecoded'), 5)
  t.equal(metricValue(metrics, 'streams'), 7)
  t.match(metricsJson(metrics), {
    site: 'branch-17',
    from: '2026-09-21T14:13:20.000000Z',
    metrics: { undecoded: { truncated: 2, 'not-ip': 3 }, streams: { 'udp-query': 7, 'tcp-query': 0 } },
  })
})

t.test('hostile messages are refused by field', async (t) => {
  const wire = { header: sampleHeader(), number: 1, fromMicroseconds: 1, toMicroseconds: 2 }
  const refused: [change: firsteight.v1.Metrics.$Properties, field: string][] = [
    [{ header: null }, 'header'],
    [{ number: 0 }, 'number'],
    [{ fromMicroseconds: 3 }, 'from_microseconds'],
    [{ modelId: 'x' }, 'model_id'],
    [{ packets: 2 ** 53 }, 'packets'],
    [{ cpuSeconds: -1 }, 'cpu_seconds'],
    [{ cpuSeconds: Number.NaN }, 'cpu_seconds'],
    [{ residentBytes: 2 ** 60 }, 'resident_bytes'],
    [{ temperatureCelsius: Number.POSITIVE_INFINITY }, 'temperature_celsius'],
    [{ undecoded: { '\u001b[2J': 1 } }, 'undecoded'],
    [{ ordersRefused: { lower: 1 } }, 'orders_refused'],
    [{ undecoded: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`r${n}`, 1])) }, 'undecoded'],
    [{ contexts: [{ context: 0 }] }, 'contexts.context'],
    [{ contexts: [{ context: 1 }, { context: 1 }] }, 'contexts'],
    [{ contexts: Array.from({ length: 5 }, () => ({ context: 1 })) }, 'contexts'],
    [{ contexts: [{ context: 1, lossP99: Number.NaN }] }, 'contexts.loss_p99'],
  ]
  for (const [change, field] of refused) {
    const bytes = firsteight.v1.Metrics.encode({ ...wire, ...change }).finish()
    t.throws(() => decodeMetrics(bytes), { code: 'MESSAGE_INVALID', details: { field } }, field)
  }
  t.doesNotThrow(() => decodeMetrics(firsteight.v1.Metrics.encode(wire).finish()), 'the base is right')
})

t.test('truncated and mutated messages are read or refused, nothing else', async (t) => {
  const bytes = encodeMetrics(sampleMetrics())
  const survives = (damaged: Uint8Array) => {
    try {
      decodeMetrics(damaged)
    } catch (error) {
      if (!(error instanceof FirsteightError) || error.code !== 'MESSAGE_INVALID') throw error
    }
  }
  for (let length = 0; length < bytes.length; length++) survives(bytes.subarray(0, length))
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
      const damaged = Uint8Array.from(bytes)
      damaged[at] = value
      survives(damaged)
    }),
    { numRuns: 2000 },
  )
  t.pass()
})
