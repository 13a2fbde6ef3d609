import t, { type Test } from 'tap'
import { MetricsPublisher } from '../../../agent/metrics/publisher.js'
import type { BrokerMessage } from '../../../core/broker/connection.js'
import { decodeMetrics, metricValue } from '../../../core/metrics-message.js'
import { createListLog, until } from '../../support/link.js'
import { metricSources } from '../../support/metric-sources.js'

/** A publisher whose messages a test takes, and acknowledges or not. */
async function publisher(t: Test, intervalMilliseconds = 3_600_000) {
  const { figures, sources } = await metricSources()
  const sent: BrokerMessage[] = []
  const answers: boolean[] = []
  const { log, lines } = createListLog()
  const metrics = new MetricsPublisher({
    sources,
    mailbox: {
      send: async (message) => {
        sent.push(message)
        return answers.shift() ?? true
      },
    },
    speaker: { site: 's', node: 'n', bootId: '6f9c2f2e-7d0a-4a55-9a3e-3f6f0f5f7a10' },
    sequence: () => 17,
    intervalMilliseconds,
    log,
  })
  metrics.start()
  t.teardown(() => metrics.stop())
  return {
    figures,
    metrics,
    sent,
    answers,
    lines,
    messages: () => sent.map(({ payload }) => decodeMetrics(payload)),
  }
}

t.test('what the broker did not take is in the next message, in place of the first', async (t) => {
  const { figures, metrics, sent, answers, messages } = await publisher(t)
  const link = (published: number) => {
    figures.link = { ...figures.link, published }
  }
  answers.push(true, false, true)
  link(1)
  t.equal(await metrics.publishNow(), true)
  link(3)
  t.equal(await metrics.publishNow(), false)
  link(7)
  t.equal(await metrics.publishNow(), true)
  t.equal(await metrics.publishNow(), true)
  const [first, lost, both, last] = messages()
  t.same(
    messages().map((message) => [message.number, metricValue(message, 'reportsOffered')]),
    [
      [1, 1],
      [2, 2],
      [2, 6],
      [3, 0],
    ],
  )
  t.equal(lost!.fromMicroseconds, first!.toMicroseconds)
  t.equal(both!.fromMicroseconds, first!.toMicroseconds)
  t.equal(last!.fromMicroseconds, both!.toMicroseconds)
  t.match(first, { header: { site: 's', node: 'n', sequence: 17 }, modelId: 'ab'.repeat(32) })
  t.match(sent[0], { topic: 'firsteight/v1/s/n/metrics', retain: true, schema: 'firsteight.v1.Metrics' })
})

t.test('one message is under way at a time', async (t) => {
  const { metrics, sent } = await publisher(t)
  t.same(await Promise.all([metrics.publishNow(), metrics.publishNow()]), [true, true])
  t.equal(sent.length, 1)
})

t.test('it publishes by itself, and once more at the end', async (t) => {
  const { metrics, sent } = await publisher(t, 20)
  await until('two intervals have passed', () => sent.length >= 2)
  await metrics.stop()
  const count = sent.length
  t.ok(count >= 3)
})

t.test('figures that no receiver would accept are logged, not thrown', async (t) => {
  const { figures, metrics, lines } = await publisher(t)
  figures.link = { ...figures.link, published: 2 ** 60 }
  t.equal(await metrics.publishNow(), false)
  t.match(lines.join(''), /metrics not published: reports_offered/)
})

t.test('a change of the model keeps what was counted before', async (t) => {
  const { figures, metrics, messages } = await publisher(t)
  figures.counters = { ...figures.counters, packets: 5 }
  metrics.modelChanges()
  figures.counters = { ...figures.counters, packets: 1 }
  await metrics.publishNow()
  t.equal(metricValue(messages()[0]!, 'packets'), 6)
})
