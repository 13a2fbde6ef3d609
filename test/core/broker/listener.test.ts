import t from 'tap'
import type { Arrival } from '../../../core/broker/conversation.js'
import { Listener } from '../../../core/broker/listener.js'
import { resolveBroker } from '../../../core/broker/options.js'
import { createListLog, Receiver, until } from '../../support/link.js'
import { Mosquitto } from '../../support/mosquitto.js'
import { requires } from '../../support/requires.js'

const MOSQUITTO = requires({ programs: ['mosquitto'] })

t.test('it hears what matches, retained or new, and again after a reconnect', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start()
  t.teardown(() => broker.remove())
  const heard: Arrival[] = []
  const { log } = createListLog()
  const settings = { url: broker.url, reconnectMinimumSeconds: 0.05, reconnectMaximumSeconds: 0.1 }
  const listener = new Listener({
    options: resolveBroker(settings, 'listener-test'),
    log,
    filters: ['firsteight/v1/+/+/a', 'firsteight/v1/+/+/b'],
    take: (arrival) => heard.push(arrival),
  })
  t.teardown(() => listener.stop())
  const sender = await Receiver.connect(t, broker.url)
  sender.publish('firsteight/v1/s/n/a', 'kept', { retain: true })
  await until('it is there', () => sender.received.length === 1)
  await listener.start()
  sender.publish('firsteight/v1/s/n/c', 'not ours')
  sender.publish('firsteight/v1/s/n/b', 'live')
  await until('both are heard', () => heard.length === 2)
  t.same(
    heard.map(({ topic, payload, retained }) => [topic.at(-1), Buffer.from(payload).toString(), retained]),
    [
      ['a', 'kept', true],
      ['b', 'live', false],
    ],
  )
  await broker.kill()
  await broker.start()
  await until('it is connected again', () => listener.reconnects === 1)
  const publishAgain = setInterval(() => sender.publish('firsteight/v1/s/n/b', 'again'), 50)
  t.teardown(() => clearInterval(publishAgain))
  await until('it hears again', () =>
    heard.some(({ payload }) => Buffer.from(payload).toString() === 'again'),
  )
})

t.test('what is wrong at the start is thrown', MOSQUITTO, async (t) => {
  const { log } = createListLog()
  const listener = (url: string) =>
    new Listener({ options: resolveBroker({ url }, 'x'), log, filters: ['firsteight/#'], take: () => {} })
  await t.rejects(listener('mqtt://127.0.0.1:1').start(), { code: 'BROKER_UNREACHABLE' })
})
