import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Aedes } from 'aedes'
import fc from 'fast-check'
import mqtt from 'mqtt'
import t from 'tap'
import { resolveBroker } from '../../../core/broker/options.js'
import { type Delivery, decodeDelivery, Subscriber } from '../../../core/broker/subscriber.js'
import { encodeAnomalyReport, encodeStatus } from '../../../core/messages.js'
import { firsteight } from '../../../generated/messages.js'
import { createListLog, until } from '../../support/link.js'
import { Mosquitto } from '../../support/mosquitto.js'
import { requires } from '../../support/requires.js'
import { sampleHeader, sampleReport, sampleStatus } from '../../support/sample-messages.js'

const MOSQUITTO = requires({ programs: ['mosquitto'] })
const { State } = firsteight.v1
const ALERT_TOPIC = 'firsteight/v1/branch-17/edge-1/anomaly'
const STATUS_TOPIC = 'firsteight/v1/branch-17/edge-1/status'

function createSubscriber(url: string, only: { site?: string; node?: string } = {}) {
  const deliveries: Delivery[] = []
  const { log, lines } = createListLog()
  const fast = { reconnectMinimumSeconds: 0.05, reconnectMaximumSeconds: 0.1, connectTimeoutSeconds: 2 }
  const subscriber = new Subscriber({
    options: resolveBroker({ url, protocol: '3.1.1', ...fast }, `watch-${randomUUID()}`),
    log,
    only,
    deliver: (delivery) => deliveries.push(delivery),
  })
  return { subscriber, deliveries, lines }
}

t.test('delivers alerts and statuses once, across reconnects', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start()
  const publisher = await mqtt.connectAsync(broker.url, { reconnectPeriod: 20 })
  publisher.on('error', () => {})
  t.teardown(async () => {
    await publisher.endAsync(true)
    await broker.remove()
  })
  const publish = (topic: string, payload: Uint8Array, retain = false) =>
    publisher.publishAsync(topic, Buffer.from(payload), { qos: 1, retain })
  const { subscriber, deliveries } = createSubscriber(broker.url)
  const online = encodeStatus(sampleStatus())
  await publish(STATUS_TOPIC, online, true)
  await subscriber.start()
  const report = sampleReport()
  await publish(ALERT_TOPIC, encodeAnomalyReport(report))
  await publish(ALERT_TOPIC, encodeAnomalyReport(report))
  await publish(STATUS_TOPIC, online)
  await publish(STATUS_TOPIC, encodeStatus(sampleStatus({ state: State.STOPPED })))
  await until('all came', () => deliveries.length === 3)
  t.match(deliveries, [
    { kind: 'status', status: { state: State.ONLINE } },
    { kind: 'anomaly', topic: ALERT_TOPIC, report },
    { kind: 'status', status: { state: State.STOPPED } },
  ])
  t.equal(subscriber.repeats, 2)

  await broker.kill()
  await broker.start()
  await until('it is back', () => subscriber.reconnects === 1)
  const later = sampleReport()
  await until('it has subscribed again', () => {
    publisher.publish(ALERT_TOPIC, Buffer.from(encodeAnomalyReport(later)))
    return deliveries.length === 4
  })
  t.match(deliveries[3], { kind: 'anomaly', report: { eventId: later.eventId } })
  await subscriber.stop()
})

t.test('one site, one node', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start()
  const publisher = await mqtt.connectAsync(broker.url)
  t.teardown(async () => {
    await publisher.endAsync(true)
    await broker.remove()
  })
  const bySite = createSubscriber(broker.url, { site: 'a' })
  const byBoth = createSubscriber(broker.url, { site: 'a', node: '1' })
  await Promise.all([bySite.subscriber.start(), byBoth.subscriber.start()])
  for (const [site, node] of [
    ['a', '1'],
    ['a', '2'],
    ['b', '1'],
    ['a', '1'],
  ] as const) {
    const report = sampleReport({ header: sampleHeader({ site, node }) })
    const payload = Buffer.from(encodeAnomalyReport(report))
    await publisher.publishAsync(`firsteight/v1/${site}/${node}/anomaly`, payload, { qos: 1 })
  }
  await until('all came', () => bySite.deliveries.length === 3 && byBoth.deliveries.length === 2)
  await Promise.all([bySite.subscriber.stop(), byBoth.subscriber.stop()])
  t.throws(() => createSubscriber(broker.url, { site: '#' }), { code: 'TOPIC_INVALID' })
})

t.test('a refused subscription and an absent broker are errors at the start', async (t) => {
  const aedes = await Aedes.createBroker({
    authorizeSubscribe: (_client, _subscription, done) => done(null, null),
  })
  const server = createServer((socket) => void aedes.handle(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    aedes.close()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  await t.rejects(createSubscriber(`mqtt://127.0.0.1:${port}`).subscriber.start(), {
    code: 'BROKER_REFUSED',
    message: /refused the subscription/,
  })
  await t.rejects(createSubscriber('mqtt://127.0.0.1:1').subscriber.start(), { code: 'BROKER_UNREACHABLE' })
})

t.test('whatever arrives is decoded or named invalid', async (t) => {
  const alert = encodeAnomalyReport(sampleReport())
  t.match(decodeDelivery(ALERT_TOPIC, alert), { kind: 'anomaly' })
  const invalid = { kind: 'invalid', error: { code: 'MESSAGE_INVALID' } }
  t.match(decodeDelivery('firsteight/v1/branch-17/edge-2/anomaly', alert), {
    ...invalid,
    error: { message: /header.node: expected the topic's "edge-2", found "edge-1"/ },
  })
  t.match(decodeDelivery('firsteight/v1/\u001b[2J/n/anomaly', alert), invalid)
  t.match(decodeDelivery(STATUS_TOPIC, new Uint8Array(0)), invalid)
  const topic = fc.oneof(fc.constant(ALERT_TOPIC), fc.constant(STATUS_TOPIC), fc.string({ unit: 'binary' }))
  let invalidOnes = 0
  fc.assert(
    fc.property(topic, fc.uint8Array({ maxLength: 300, size: 'max' }), (name, payload) => {
      if (decodeDelivery(name, payload).kind === 'invalid') invalidOnes++
    }),
    { numRuns: 2000 },
  )
  t.ok(invalidOnes > 1900)
})
