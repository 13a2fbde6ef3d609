import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { Aedes } from 'aedes'
import t, { type Test } from 'tap'
import type { IncomingMessage } from '../../../agent/link/mailbox.js'
import { MqttMailbox } from '../../../agent/link/mqtt-mailbox.js'
import { EmbeddedBroker } from '../../../cli/embedded-broker.js'
import type { BrokerMessage } from '../../../core/broker/connection.js'
import type { BrokerSettings } from '../../../core/broker/options.js'
import { createLink, createListLog, Receiver, until } from '../../support/link.js'
import { Mosquitto } from '../../support/mosquitto.js'
import { requires } from '../../support/requires.js'
import { TcpProxy } from '../../support/tcp-proxy.js'

const MOSQUITTO = requires({ programs: ['mosquitto'] })
const BASE = 'firsteight/v1/test/edge-1'

function message(path: string, text: string, retain = false): BrokerMessage {
  return { topic: `${BASE}/${path}`, payload: Buffer.from(text), retain, schema: 'test' }
}

/** A mailbox on a link of node edge-1 of site test. */
function createMailbox(t: Test, settings: BrokerSettings, echoTimeoutMilliseconds = 2000) {
  const identity = { site: 'test', node: 'edge-1', bootId: randomUUID() }
  const { log, lines } = createListLog()
  const mailbox = new MqttMailbox({ identity, log, echoTimeoutMilliseconds, echoIntervalMilliseconds: 4000 })
  const { link } = createLink(t, settings, { identity, mailbox })
  return { mailbox, link, lines }
}

for (const protocol of ['5', '3.1.1'] as const) {
  t.test(
    `messages come and go, before and after a lost connection, with MQTT ${protocol}`,
    MOSQUITTO,
    async (t) => {
      const broker = await Mosquitto.start()
      t.teardown(() => broker.remove())
      const proxy = await TcpProxy.start(broker.ports.tcp)
      t.teardown(() => proxy.close())
      const { mailbox, link } = createMailbox(t, { url: `mqtt://127.0.0.1:${proxy.port}`, protocol })
      const taken: string[] = []
      const take = ({ payload }: IncomingMessage) => taken.push(Buffer.from(payload).toString())
      mailbox.subscribe(`${BASE}/cmd/+`, take)
      mailbox.announce(message('config/reported', 'first', true))
      mailbox.announce(message('config/reported', 'second', true))
      t.equal(await mailbox.send(message('x', 'too early')), false, 'there is no connection yet')
      t.equal(mailbox.proven, false)

      await link.start({ failFast: true })
      await until('the echo is back', () => mailbox.proven)
      const centre = await Receiver.connect(t, broker.url)
      const heard = (path: string) =>
        centre.received
          .filter(({ topic }) => topic === `${BASE}/${path}`)
          .map(({ payload }) => payload.toString())
      await until('the announcement stands at the broker', () => heard('config/reported').includes('second'))
      centre.publish(`${BASE}/cmd/1`, 'one')
      centre.publish(`${BASE}/cmd/1/result`, 'not for us')
      await until('the command arrives', () => taken.length === 1)
      t.equal(await mailbox.send(message('cmd/1/result', 'done')), true)
      await until('the result arrives', () => heard('cmd/1/result').includes('done'))

      proxy.cut()
      await until('the loss is seen', () => !mailbox.proven)
      await until('the echo is back', () => mailbox.proven)
      await until('the announcement is made again', () => heard('config/reported').length > 1)
      centre.publish(`${BASE}/cmd/2`, 'two')
      await until('the second command arrives', () => taken.length === 2)
      centre.publish(`${BASE}/model/chunk/a/1`, 'chunk', { retain: true })
      mailbox.subscribe(`${BASE}/model/#`, take)
      await until('a later subscription works', () => taken.includes('chunk'))
      mailbox.unsubscribe(`${BASE}/model/#`)
      t.same(taken, ['one', 'two', 'chunk'])
    },
  )
}

t.test('the same over the embedded broker', async (t) => {
  const broker = await EmbeddedBroker.start()
  t.teardown(() => broker.stop())
  const { mailbox, link } = createMailbox(t, { url: broker.url, protocol: '3.1.1' })
  t.teardown(() => link.stop())
  await link.start({ failFast: true })
  await until('the echo is back', () => mailbox.proven)
  t.equal(await mailbox.send(message('x', 'acknowledged')), true)
})

t.test('a broker that grants subscriptions but delivers nothing is found out', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start({
    users: { edge: 'secret' },
    accessList: ['user edge', `topic write ${BASE}/#`],
  })
  t.teardown(() => broker.remove())
  const { mailbox, link, lines } = createMailbox(
    t,
    {
      url: broker.url,
      username: 'edge',
      passwordFile: t.testdir({ password: 'secret' }).concat('/password'),
    },
    200,
  )
  await link.start({ failFast: true })
  await until('it is said', () => lines.some((line) => line.includes('did not come back')))
  t.equal(mailbox.proven, false)
  t.equal(link.statistics.connected, true, 'alerts go on')
})

t.test('more waits than there is room for: senders are turned away, and told', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start()
  t.teardown(() => broker.remove())
  const { mailbox, link } = createMailbox(t, { url: broker.url })
  await link.start({ failFast: true })
  const sent = await Promise.all(
    Array.from({ length: 400 }, (_, index) => mailbox.send(message('x', `${index}`))),
  )
  const refused = sent.filter((acknowledged) => !acknowledged).length
  t.ok(refused > 100 && refused < 200, `${refused} of 400`)
})

t.test('a handler that throws harms nobody', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start()
  t.teardown(() => broker.remove())
  const { mailbox, link, lines } = createMailbox(t, { url: broker.url })
  mailbox.subscribe(`${BASE}/cmd/+`, () => {
    throw new Error('a fault of ours')
  })
  await link.start({ failFast: true })
  await until('the echo is back', () => mailbox.proven)
  const centre = await Receiver.connect(t, broker.url)
  centre.publish(`${BASE}/cmd/1`, 'x')
  await until('it is logged', () => lines.some((line) => line.includes('a fault of ours')))
  t.equal(await mailbox.send(message('x', 'still there')), true)
})

t.test(
  'some time after a connection it subscribes again, and what is retained by then comes',
  MOSQUITTO,
  async (t) => {
    const broker = await Mosquitto.start()
    t.teardown(() => broker.remove())
    const identity = { site: 'test', node: 'edge-1', bootId: randomUUID() }
    const mailbox = new MqttMailbox({ identity, log: createListLog().log, againMilliseconds: 200 })
    const { link } = createLink(t, { url: broker.url }, { identity, mailbox })
    const centre = await Receiver.connect(t, broker.url)
    await centre.publish(`${BASE}/config/desired`, 'an order', { retain: true })
    const retained: boolean[] = []
    mailbox.subscribe(`${BASE}/config/desired`, (message) => retained.push(message.retained))
    await link.start({ failFast: true })
    await until('it has come twice', () => retained.length === 2)
    t.same(retained, [true, true])
  },
)

t.test('a subscription that the broker refuses at first is asked for again', async (t) => {
  let refusals = 0
  // As a node of a cluster that has no leader yet.
  const broker = await Aedes.createBroker({
    authorizeSubscribe: (_client, subscription, done) => done(null, refusals++ < 3 ? null : subscription),
  })
  const server = createServer((socket) => void broker.handle(socket))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(async () => {
    server.close()
    await new Promise<void>((resolve) => broker.close(resolve))
  })
  const identity = { site: 'test', node: 'edge-1', bootId: randomUUID() }
  const mailbox = new MqttMailbox({ identity, log: createListLog().log, againMilliseconds: 50 })
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { link } = createLink(t, { url, protocol: '3.1.1' }, { identity, mailbox })
  const taken: string[] = []
  mailbox.subscribe(`${BASE}/cmd/+`, ({ topic }) => taken.push(topic))
  await link.start({ failFast: true })
  await until('it is granted', () => refusals > 3)
  await until('orders arrive', () => {
    broker.publish(
      {
        cmd: 'publish',
        dup: false,
        retain: false,
        qos: 0,
        topic: `${BASE}/cmd/1`,
        payload: Buffer.from('x'),
      },
      () => {},
    )
    return taken.length > 0
  })
  t.ok(mailbox.refused >= 1)
})
