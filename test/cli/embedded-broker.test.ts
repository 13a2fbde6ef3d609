import t from 'tap'
import { EmbeddedBroker } from '../../cli/embedded-broker.js'
import { createLink, Receiver, until } from '../support/link.js'
import { sampleAnomaly } from '../support/sample-messages.js'

t.test('carries alerts and the retained status from a link to a subscriber', async (t) => {
  const broker = await EmbeddedBroker.start()
  t.teardown(() => broker.stop())
  t.match(broker.url, /^mqtt:\/\/127\.0\.0\.1:\d+$/)
  const { link } = createLink(t, { url: broker.url, protocol: '3.1.1' })
  await link.start({ failFast: true })
  await until('it is connected', () => link.statistics.connected)
  const receiver = await Receiver.connect(t, broker.url)
  const eventId = link.publishAnomaly({ anomaly: sampleAnomaly() })
  t.same(await link.drain(5000), { remaining: 0 })
  await until('it arrived', () => receiver.reports.length === 1)
  t.equal(receiver.reports[0]?.eventId, eventId)
  await link.stop()
  await until('the end is told', () => receiver.states.includes('STOPPED'))
  t.same(receiver.states, ['ONLINE', 'STOPPED'])
  await receiver.end()
})

t.test('protocol 5 against it is an error that says what to set', async (t) => {
  const broker = await EmbeddedBroker.start()
  t.teardown(() => broker.stop())
  const { link } = createLink(t, { url: broker.url, protocol: '5' })
  await t.rejects(link.start({ failFast: true }), { code: 'BROKER_PROTOCOL', hint: /3\.1\.1/ })
})

t.test('stops although clients are connected, and its port is free then', async (t) => {
  const broker = await EmbeddedBroker.start()
  const { url } = broker
  const { link } = createLink(t, { url, protocol: '3.1.1' })
  await link.start({ failFast: true })
  await broker.stop()
  const late = createLink(t, { url, protocol: '3.1.1' })
  await t.rejects(late.link.start({ failFast: true }), { code: 'BROKER_UNREACHABLE' })
})
