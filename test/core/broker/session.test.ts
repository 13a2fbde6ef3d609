import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type BrokerSettings, resolveBroker } from '../../../core/broker/options.js'
import { BrokerSession } from '../../../core/broker/session.js'
import { createListLog, until } from '../../support/link.js'
import { Mosquitto } from '../../support/mosquitto.js'
import { requires } from '../../support/requires.js'

const MOSQUITTO = requires({ programs: ['mosquitto'] })

function createSession(t: Test, settings: BrokerSettings) {
  const fast = { reconnectMinimumSeconds: 0.05, reconnectMaximumSeconds: 0.2, connectTimeoutSeconds: 2 }
  const { log, lines } = createListLog()
  const events: string[] = []
  const session = new BrokerSession({
    options: resolveBroker({ ...fast, ...settings }, 'firsteight-session'),
    log,
    connected: () => events.push('connected'),
    lost: () => events.push('lost'),
  })
  t.teardown(() => session.stop())
  return { session, lines, events }
}

t.test('stop, kill and return of the broker are survived', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start()
  t.teardown(() => broker.remove())
  const { session, events, lines } = createSession(t, { url: broker.url })
  await session.start({ failFast: true })
  t.same(events, ['connected'])
  for (const end of ['stop', 'kill'] as const) {
    await broker[end]()
    await until('the loss is noticed', () => session.connection === undefined)
    await broker.start()
    await until('it is back', () => session.connection !== undefined)
  }
  t.equal(session.reconnects, 2)
  t.same(events, ['connected', 'lost', 'connected', 'lost', 'connected'])
  await session.stop()
  t.same(events.at(-1), 'lost')
  const warnings = lines.filter((line) => line.includes('WARN')).length
  t.ok(warnings >= 2 && warnings <= 5, `each loss is told, no flood: ${warnings} lines`)
})

t.test(
  'fail fast throws what went wrong; otherwise it is logged once and tried again',
  MOSQUITTO,
  async (t) => {
    const broker = await Mosquitto.start({ users: { agent: 'right' } })
    t.teardown(() => broker.remove())
    const wrong = {
      url: broker.url,
      username: 'agent',
      passwordFile: `${t.testdir({ password: 'wrong' })}/password`,
    }
    await t.rejects(createSession(t, wrong).session.start({ failFast: true }), { code: 'BROKER_REFUSED' })

    const patient = createSession(t, wrong)
    await patient.session.start({ failFast: false })
    await sleep(1000)
    t.equal(patient.lines.length, 1)
    t.match(patient.lines[0], /WARN.*not authorised; trying again/)
    t.notMatch(patient.lines.join(), /wrong"/, 'the password is not logged')
    await patient.session.stop()
    t.same(patient.events, [])
  },
)

t.test(
  'a second client with the same id takes over; the hint of the first names the cause',
  MOSQUITTO,
  async (t) => {
    const broker = await Mosquitto.start()
    t.teardown(() => broker.remove())
    const slow = { reconnectMinimumSeconds: 30, reconnectMaximumSeconds: 30 }
    const first = createSession(t, { url: broker.url, ...slow })
    const second = createSession(t, { url: broker.url, ...slow })
    await first.session.start({ failFast: true })
    await second.session.start({ failFast: true })
    await until('the first is out', () => first.lines.some((line) => /client id/.test(line)))
    t.ok(second.session.connection)
  },
)

t.test('stop abandons an attempt and a wait at once, and is safe before any start', async (t) => {
  const waiting = createSession(t, {
    url: 'mqtt://127.0.0.1:1',
    reconnectMinimumSeconds: 60,
    reconnectMaximumSeconds: 60,
  })
  await waiting.session.stop()
  const { session, lines } = createSession(t, {
    url: 'mqtt://127.0.0.1:1',
    reconnectMinimumSeconds: 60,
    reconnectMaximumSeconds: 60,
  })
  await session.start({ failFast: false })
  await until('the first attempt failed', () => lines.length === 1)
  await session.stop()
  t.pass('did not wait for a minute')
})

t.test('a broker with several addresses is looked for at each in turn', MOSQUITTO, async (t) => {
  const brokers = [await Mosquitto.prepare(), await Mosquitto.start(), await Mosquitto.start()]
  t.teardown(() => Promise.all(brokers.map((broker) => broker.remove())))
  const [url, ...otherUrls] = brokers.map((broker) => broker.url)
  const { session, lines } = createSession(t, { url: url!, otherUrls })
  await session.start({ failFast: true })
  const port = (line: number) => lines.filter((text) => text.includes('connected to the broker'))[line]
  t.match(port(0), otherUrls[0]!, 'the first is down')
  await brokers[1]!.kill()
  await until('the third is found', () => session.reconnects === 1 && session.connection !== undefined)
  t.match(port(1), otherUrls[1]!)
  await brokers[0]!.start()
  await brokers[2]!.kill()
  await until('the first is found', () => session.reconnects === 2 && session.connection !== undefined)
  t.match(port(2), url!)

  await session.stop()
  await brokers[0]!.kill()
  const nowhere = createSession(t, { url: url!, otherUrls })
  await t.rejects(nowhere.session.start({ failFast: true }), { code: 'BROKER_UNREACHABLE', message: url! })
})

t.test('a node that closes without an answer is not waited for long', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start()
  t.teardown(() => broker.remove())
  const headless = createServer((socket) => socket.destroy())
  await once(headless.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => headless.close())
  const url = `mqtt://127.0.0.1:${(headless.address() as AddressInfo).port}`
  const times = { reconnectMinimumSeconds: 0.05, reconnectMaximumSeconds: 3600 }
  const { session } = createSession(t, { url, otherUrls: [broker.url], ...times })
  await session.start({ failFast: false })
  await until('the other node is found', () => session.connection !== undefined)
  await broker.kill()
  await broker.start()
  await until('it is found again', () => session.reconnects === 1 && session.connection !== undefined)
})
