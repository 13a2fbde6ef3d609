import t from 'tap'
import { createAgent } from '../../../agent/agent.js'
import { loadConfig } from '../../../agent/config.js'
import { decodeMetrics, metricValue } from '../../../core/metrics-message.js'
import { createListLog, Receiver, until } from '../../support/link.js'
import { freePorts, Mosquitto } from '../../support/mosquitto.js'
import { requires } from '../../support/requires.js'

const flags = (settings: Record<string, unknown>) =>
  Object.entries(settings).map(([path, value]) => ({ name: 'test', path, value }))

t.test(
  'an agent tells over MQTT and at its endpoint what it counted, and the intervals add up',
  requires({ programs: ['mosquitto'] }),
  async (t) => {
    const broker = await Mosquitto.start()
    t.teardown(() => broker.remove())
    const [port] = await freePorts(1)
    const { log } = createListLog()
    const config = loadConfig({
      environment: {},
      flags: flags({
        site: 'branch',
        node: 'gate',
        'broker.url': broker.url,
        'capture.kind': 'file',
        'capture.file': 'lab/captures/demo.pcap',
        'metrics.intervalSeconds': 1,
        'metrics.prometheus.port': port,
      }),
    })
    const receiver = await Receiver.connect(t, broker.url)
    const agent = await createAgent(config, { log, failFast: true, realtime: true })
    const stop = new AbortController()
    const running = agent.run(stop.signal)
    t.teardown(() => stop.abort())
    const messages = () =>
      receiver.received
        .filter(({ topic }) => topic === 'firsteight/v1/branch/gate/metrics')
        .map(({ payload }) => decodeMetrics(payload))
    await until('two intervals have come with packets', () => {
      const sum = messages().reduce((packets, message) => packets + metricValue(message, 'packets')!, 0)
      return messages().length >= 2 && sum > 0
    })
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    t.match(text, /^firsteight_packets_total [1-9]/m)
    t.match(
      text,
      /^firsteight_info\{version="[0-9.]+",model="[0-9a-f]{64}",kernel="(simd|scalar)",capture="file"\} 1$/m,
    )
    t.notMatch(text, /capture_dropped/, 'a file does not know its drops')
    t.notMatch(text, /evidence/, 'without a state folder there is none')
    t.match(text, /^firsteight_reviews_dropped_total 0$/m)

    stop.abort()
    await running
    await until('the end is told', () => receiver.states.includes('STOPPED'))
    const all = messages()
    t.same(
      all.map(({ number }) => number),
      all.map((_, index) => index + 1),
    )
    for (const [index, { fromMicroseconds }] of all.entries()) {
      if (index > 0) t.equal(fromMicroseconds, all[index - 1]!.toMicroseconds)
    }
    const sum = (field: string) =>
      all.reduce((total, message) => total + (metricValue(message, field) ?? Number.NaN), 0)
    const { kernel, alerts } = agent.report()
    t.equal(sum('packets'), kernel.packets)
    t.equal(sum('memoHits'), kernel.memoHits)
    t.equal(
      sum('anomalies'),
      Object.values(kernel.contexts).reduce((total, { anomalies }) => total + anomalies, 0),
    )
    t.equal(sum('alertsPublished'), alerts.publishedAlerts)
    t.ok(sum('cpuSeconds') > 0)
    t.equal(metricValue(all[0]!, 'captureDropped'), undefined)
    t.equal(metricValue(all.at(-1)!, 'echoProven'), 1)
    const losses = all.flatMap(({ samples }) => samples.filter(({ field }) => field === 'lossMedian'))
    t.ok(losses.length > 0)
  },
)
