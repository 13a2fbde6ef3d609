import t from 'tap'
import { MemoryOutbox } from '../../../agent/link/memory-outbox.js'
import { Spool } from '../../../agent/link/spool/spool.js'
import { decodeStatus } from '../../../core/messages.js'
import { firsteight } from '../../../generated/messages.js'
import { createLink, createListLog, Receiver, until } from '../../support/link.js'
import { Mosquitto } from '../../support/mosquitto.js'
import { requires } from '../../support/requires.js'
import { sampleAnomaly } from '../../support/sample-messages.js'
import { TcpProxy } from '../../support/tcp-proxy.js'

const MOSQUITTO = requires({ programs: ['mosquitto'] })
const PROTOCOLS = ['5', '3.1.1'] as const

t.test(
  'broker down at start: said once, and everything queued arrives when it comes',
  MOSQUITTO,
  async (t) => {
    for (const protocol of PROTOCOLS) {
      const broker = await Mosquitto.prepare()
      t.teardown(() => broker.remove())
      const { link, lines, acknowledged } = createLink(t, { url: broker.url, protocol })
      await link.start()
      const sent = Array.from({ length: 50 }, () => link.publishAnomaly({ anomaly: sampleAnomaly() }))
      await new Promise((resolve) => setTimeout(resolve, 1000))
      t.match(link.statistics, { connected: false, queued: 50 })
      t.equal(lines.length, 1, 'many attempts, one line')
      t.match(lines[0], /WARN.*broker mqtt:\/\/127\.0\.0\.1:\d+: nothing listens there; trying again/)

      await broker.start()
      t.same(await link.drain(10_000), { remaining: 0 })
      t.match(link.statistics, { connected: true, acknowledged: 50, dropped: 0 })
      t.same(acknowledged, sent, 'in order')
      t.match(lines[1], /INFO.*connected to the broker/)
      await link.stop()
    }
  },
)

t.test(
  'broker killed mid-stream and back: nothing is lost, repeats carry the same event id',
  MOSQUITTO,
  async (t) => {
    for (const protocol of PROTOCOLS) {
      const broker = await Mosquitto.start()
      t.teardown(() => broker.remove())
      const { link, acknowledged } = createLink(t, { url: broker.url, protocol })
      const receiver = await Receiver.connect(t, broker.url)
      await link.start({ failFast: true })
      const sent: string[] = []
      const send = () => sent.push(link.publishAnomaly({ anomaly: sampleAnomaly() }))
      for (let i = 0; i < 400; i++) send()
      await until('some are through, some not', () => acknowledged.length > 20)
      await broker.kill()
      const throughBeforeKill = acknowledged.length
      t.ok(throughBeforeKill < 400, `killed mid-stream, after ${throughBeforeKill}`)
      for (let i = 0; i < 100; i++) send()
      await until('the loss was noticed', () => !link.statistics.connected)
      t.equal(link.statistics.queued, 500 - acknowledged.length)

      await broker.start()
      const { remaining } = await link.drain(10_000)
      t.equal(remaining, 0)
      t.match(link.statistics, { reconnects: 1, acknowledged: 500, dropped: 0 })
      t.same([...acknowledged].sort(), [...sent].sort(), 'each was acknowledged exactly once')
      await link.stop()
      await receiver.end()
    }
  },
)

t.test('connection cut again and again: every alert reaches a subscriber', MOSQUITTO, async (t) => {
  for (const protocol of PROTOCOLS) {
    const broker = await Mosquitto.start()
    const proxy = await TcpProxy.start(broker.ports.tcp)
    t.teardown(() => Promise.all([broker.remove(), proxy.close()]))
    const { link } = createLink(t, { url: `mqtt://127.0.0.1:${proxy.port}`, protocol })
    const receiver = await Receiver.connect(t, broker.url)
    await link.start({ failFast: true })
    const sent: string[] = []
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 100; i++) sent.push(link.publishAnomaly({ anomaly: sampleAnomaly() }))
      await until('the stream flows', () => link.statistics.acknowledged > round * 100 + 10)
      proxy.cut()
      await until('it is noticed', () => link.statistics.reconnects === round || !link.statistics.connected)
      await until('it is back', () => link.statistics.reconnects > round)
    }
    t.same(await link.drain(10_000), { remaining: 0 })
    const received = receiver.reports
    t.same(new Set(received.map(({ eventId }) => eventId)), new Set(sent))
    t.ok(received.length < sent.length + 5 * 16 + 1, 'at most one window of repeats a cut')
    const sequences = new Map(received.map(({ eventId, header }) => [eventId, header.sequence]))
    t.same(
      sent.map((eventId) => sequences.get(eventId)),
      sent.map((_, index) => index + 1),
    )
    await link.stop()
    await receiver.end()
  }
})

t.test('outbox full while the broker is away: the oldest go and are counted', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.prepare()
  t.teardown(() => broker.remove())
  const outbox = new MemoryOutbox({ maximumMessages: 30, maximumBytes: 1_000_000 })
  const { link, acknowledged } = createLink(t, { url: broker.url }, { outbox })
  await link.start()
  const sent = Array.from({ length: 100 }, () => link.publishAnomaly({ anomaly: sampleAnomaly() }))
  t.match(link.statistics, { published: 100, dropped: 70, queued: 30 })
  await broker.start()
  t.same(await link.drain(5000), { remaining: 0 })
  t.same(acknowledged, sent.slice(70))
})

t.test('drain gives up in time and says what remains', async (t) => {
  const { link } = createLink(t, { url: 'mqtt://127.0.0.1:1' })
  t.same(await link.drain(10_000), { remaining: 0 }, 'nothing to wait for')
  await link.start()
  link.publishAnomaly({ anomaly: sampleAnomaly() })
  t.same(await link.drain(50), { remaining: 1 })
})

t.test('alerts that the access list forbids are kept, and the refusal is said', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start({ accessList: ['topic write firsteight/v1/test/edge-1/status'] })
  t.teardown(() => broker.remove())
  const { link, lines } = createLink(t, { url: broker.url })
  await link.start({ failFast: true })
  for (let i = 0; i < 20; i++) link.publishAnomaly({ anomaly: sampleAnomaly() })
  await until('the refusal is logged', () => lines.length > 1)
  t.match(lines[1], /the broker refuses the alert: .*Not authorized/)
  t.equal(lines.length, 2)
  t.match(link.statistics, { connected: true, acknowledged: 0, dropped: 0, queued: 20 })
})

t.test('more alerts than MQTT has packet ids all arrive after an outage', MOSQUITTO, async (t) => {
  const count = 70_000
  const broker = await Mosquitto.prepare()
  t.teardown(() => broker.remove())
  const outbox = new MemoryOutbox({ maximumMessages: count, maximumBytes: 100_000_000 })
  const { link, acknowledged } = createLink(t, { url: broker.url, protocol: '3.1.1' }, { outbox })
  await link.start()
  const suppressed = {
    fromMicroseconds: 1,
    toMicroseconds: 2,
    alerts: 3,
    anomalousStreams: 4,
    capPerMinute: 5,
  }
  for (let i = 0; i < count; i++) link.publishAnomaly({ suppressed })
  await broker.start()
  t.same(await link.drain(60_000), { remaining: 0 })
  t.equal(new Set(acknowledged).size, count)
})

t.test(
  'with a spool, what the broker has not acknowledged goes out after the next start',
  MOSQUITTO,
  async (t) => {
    const broker = await Mosquitto.prepare()
    t.teardown(() => broker.remove())
    const folder = t.testdir()
    const open = () => {
      const limits = { maximumMessages: 10, maximumBytes: 65_536 }
      const { log } = createListLog()
      const spool = {
        folder,
        maximumBytes: 2 ** 20,
        maximumAgeMilliseconds: 3_600_000,
        sync: 'group' as const,
      }
      const outbox = new Spool({ ...spool, memory: limits, log })
      return { outbox, ...createLink(t, { url: broker.url }, { outbox }) }
    }
    const first = open()
    await first.link.start()
    const sent = Array.from({ length: 30 }, () => first.link.publishAnomaly({ anomaly: sampleAnomaly() }))
    const { ESCALATE } = firsteight.v1.Route
    const urgent = first.link.publishAnomaly({ anomaly: sampleAnomaly({ route: ESCALATE }) })
    await first.link.stop()
    await first.outbox.close()

    await broker.start()
    const receiver = await Receiver.connect(t, broker.url)
    const second = open()
    await second.link.start()
    t.same(await second.link.drain(10_000), { remaining: 0 })
    t.match(second.link.statistics, {
      published: 0,
      acknowledged: 31,
      queued: 0,
      outbox: { recovered: 31, storage: 'disk', dropped: { review: 0, escalation: 0 } },
    })
    await until('all have arrived', () => receiver.reports.length === 31)
    t.same(
      receiver.reports.map(({ eventId }) => eventId),
      [urgent, ...sent],
    )
    t.ok(receiver.reports.every(({ header }) => header.bootId === first.bootId))
    t.equal(
      decodeStatus(receiver.received.find(({ topic }) => topic.endsWith('status'))!.payload).outboxStorage,
      'disk',
    )
    await second.link.stop()
    await second.outbox.close()
  },
)

t.test('a live alert does not wait behind the backlog', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start()
  t.teardown(() => broker.remove())
  const { link, acknowledged } = createLink(t, { url: broker.url }, { backlogPerSecond: 50 })
  const backlog = Array.from({ length: 200 }, () => link.publishAnomaly({ anomaly: sampleAnomaly() }))
  await link.start({ failFast: true })
  await until('the drain has begun', () => acknowledged.length > 2)
  const live = link.publishAnomaly({ anomaly: sampleAnomaly() })
  await until('the live one is through', () => acknowledged.includes(live))
  t.ok(acknowledged.length < 100, `before ${backlog.length - acknowledged.length} of the backlog`)
  t.same(await link.drain(20_000), { remaining: 0 })
  t.same(
    acknowledged.filter((id) => id !== live),
    backlog,
  )
})
