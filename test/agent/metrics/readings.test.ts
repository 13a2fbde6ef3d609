import t from 'tap'
import { Readings } from '../../../agent/metrics/readings.js'
import { difference } from '../../../agent/metrics/totals.js'
import { METRICS, type MetricSample } from '../../../core/metric-catalogue.js'
import { metricSources } from '../../support/metric-sources.js'

const figureOf = (samples: readonly MetricSample[], field: string, label = '') =>
  samples.find((sample) => sample.field === field && sample.label === label)?.value

t.test(
  'every metric but those that are not known has a sample, and none is unknown to the catalogue',
  async (t) => {
    const { figures, sources } = await metricSources()
    figures.refused.set('ENVELOPE_EXPIRED', 1)
    figures.commands.set('done', 2)
    const readings = new Readings(sources)
    const samples = readings.samples(readings.observe(1), readings.gauges())
    const fields = new Set(samples.map(({ field }) => field))
    for (const field of fields)
      t.ok(
        METRICS.some((metric) => metric.field === field),
        field,
      )
    const missing = METRICS.filter(({ field }) => !fields.has(field)).map(({ field }) => field)
    t.same(missing, [
      ...['captureReceived', 'captureDropped', 'evidenceFlows', 'evidenceMissing', 'evidenceEvicted'],
      ...['evidenceUnwritten', 'lossMedian', 'lossP90', 'lossP99', 'lossP999', 'oldestWaitingSeconds'],
      ...[
        'evidenceFiles',
        'evidenceBytes',
        'uptimeSeconds',
        'residentBytes',
        'heapUsedBytes',
        'temperatureCelsius',
      ],
      ...['eventLoopUtilization', 'eventLoopLagP99Seconds', 'eventLoopLagHighestSeconds'],
    ])
  },
)

t.test('an interval tells of itself alone, across a new model', async (t) => {
  const { figures, sources } = await metricSources()
  const readings = new Readings(sources)
  const bucketOf = (loss: number) => sources.lossBucketEnds().findIndex((end) => loss < end)
  const low = Array<number>(240).fill(0)
  low[bucketOf(0.001)] = 99
  low[bucketOf(0.5)] = 1
  figures.losses.set('udp-query', low)
  figures.counters = {
    ...figures.counters,
    packets: 100,
    undecoded: { ...figures.counters.undecoded, truncated: 2 },
  }
  const first = readings.observe(0)
  const whole = readings.samples(first, new Map())
  t.equal(figureOf(whole, 'packets'), 100)
  t.equal(figureOf(whole, 'undecoded', 'truncated'), 2)
  t.ok(figureOf(whole, 'lossP99', 'udp-query')! < 0.0012)
  t.ok(figureOf(whole, 'lossP999', 'udp-query')! > 0.5)
  t.equal(figureOf(whole, 'lossP999', 'udp-response'), undefined)

  figures.modelId = 'cd'.repeat(32)
  const high = Array<number>(240).fill(0)
  high[bucketOf(0.5)] = 1
  figures.losses.set('udp-query', high)
  figures.counters = { ...figures.counters, packets: 130 }
  const interval = readings.samples(difference(first, readings.observe(0)), new Map())
  t.equal(figureOf(interval, 'packets'), 30)
  t.equal(figureOf(interval, 'undecoded', 'truncated'), 0)
  t.ok(figureOf(interval, 'lossMedian', 'udp-query')! > 0.5, 'the losses of the new model alone')
})

t.test('drops by class, exceptions, commands by result, evidence', async (t) => {
  const { figures, sources } = await metricSources()
  const readings = new Readings(sources)
  const first = readings.observe(0)
  figures.alerts.exceptedStreams = 3
  figures.link = {
    ...figures.link,
    ...{ dropped: 12, unpublishable: 1 },
    outbox: { ...figures.link.outbox, dropped: { escalation: 4, review: 7 } },
  }
  figures.commands.set('done', 5).set('refused', 6)
  figures.evidence = { flows: 8, without: 9, dropped: 10, failed: 11, files: 12, bytes: 13 }
  const samples = readings.samples(difference(first, readings.observe(0)), readings.gauges())
  const told = {
    ...{
      streamsExcepted: 3,
      reportsDropped: 12,
      escalationsDropped: 4,
      reviewsDropped: 7,
      reportsRefused: 1,
    },
    ...{ evidenceFlows: 8, evidenceMissing: 9, evidenceEvicted: 10, evidenceUnwritten: 11 },
    ...{ evidenceFiles: 12, evidenceBytes: 13 },
  }
  for (const [field, value] of Object.entries(told)) t.equal(figureOf(samples, field), value, field)
  t.equal(figureOf(samples, 'commands', 'done'), 5)
  t.equal(figureOf(samples, 'commands', 'refused'), 6)
})

t.test('drops that become known count from then on, and are never zero before', async (t) => {
  const { figures, sources } = await metricSources()
  const readings = new Readings(sources)
  const first = readings.observe(0)
  t.equal(figureOf(readings.samples(first, new Map()), 'captureDropped'), undefined)
  figures.capture = { received: 10, dropped: 4 }
  const second = readings.observe(0)
  t.equal(figureOf(readings.samples(difference(first, second), new Map()), 'captureDropped'), 4)
})
