import t from 'tap'
import { createLink, Receiver, until } from '../../support/link.js'
import { NatsCluster } from '../../support/nats-cluster.js'
import { requires } from '../../support/requires.js'
import { sampleAnomaly } from '../../support/sample-messages.js'

const NATS = requires({ programs: ['nats-server'] })

t.test(
  'a cluster of brokers: the node that the agent speaks with dies, and nothing is lost',
  NATS,
  async (t) => {
    const cluster = await NatsCluster.start()
    t.teardown(() => cluster.remove())
    const [url, ...otherUrls] = cluster.urls
    const receiver = await Receiver.connect(t, otherUrls[1]!, { protocolVersion: 4 })
    const { link } = createLink(t, { url: url!, otherUrls, protocol: '3.1.1' })
    await link.start({ failFast: true })
    const sent: string[] = []
    const send = () => sent.push(link.publishAnomaly({ anomaly: sampleAnomaly() }))
    for (let i = 0; i < 400; i++) send()
    await until('some are through, some not', () => link.statistics.acknowledged > 20)
    await cluster.killNode(0)
    for (let i = 0; i < 100; i++) send()
    t.same(await link.drain(60_000), { remaining: 0 })
    t.ok(link.statistics.reconnects > 0)
    await until(
      'all have arrived',
      () => new Set(receiver.reports.map(({ eventId }) => eventId)).size === 500,
      60,
    )
    t.same(new Set(receiver.reports.map(({ eventId }) => eventId)), new Set(sent))
    await receiver.end()
  },
)
