import { join } from 'node:path'
import t from 'tap'
import { Conversation } from '../../../core/broker/conversation.js'
import { resolveBroker } from '../../../core/broker/options.js'
import { until } from '../../support/link.js'
import { Mosquitto } from '../../support/mosquitto.js'
import { requires } from '../../support/requires.js'

const MOSQUITTO = requires({ programs: ['mosquitto'] })
const message = (topic: string, payload: string, retain = false) => ({
  topic,
  payload: Buffer.from(payload),
  retain,
  schema: 'test',
})
const open = (url: string, who: { username?: string; passwordFile?: string } = {}) =>
  Conversation.open(resolveBroker({ url, ...who, connectTimeoutSeconds: 10 }, `test-${Math.random()}`))

t.test('collects what is retained, and only that; clears it', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start()
  t.teardown(() => broker.remove())
  const talk = await open(broker.url)
  t.teardown(() => talk.close())
  await talk.publish(message('a/1/x', 'one', true))
  await talk.publish(message('a/2/x', 'two', true))
  await talk.publish(message('a/3/x', 'three'))
  const texts = async (filter: string, most?: number) =>
    [...(await talk.collect(filter, most))]
      .map(([topic, payload]) => `${topic} ${Buffer.from(payload)}`)
      .sort()
  t.same(await texts('a/+/x'), ['a/1/x one', 'a/2/x two'])
  t.equal((await texts('a/+/x', 1)).length, 1)
  await talk.clear('a/1/x', 'test')
  t.same(await texts('a/+/x'), ['a/2/x two'])
})

t.test('asks, and takes the first answer that fits', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start()
  t.teardown(() => broker.remove())
  const [asking, answering] = [await open(broker.url), await open(broker.url)]
  t.teardown(() => Promise.all([asking.close(), answering.close()]))
  await answering.subscribe('question', () => {
    void answering
      .publish(message('answer', 'wrong'))
      .then(() => answering.publish(message('answer', 'right')))
  })
  const pick = ({ payload }: { payload: Uint8Array }) =>
    String(Buffer.from(payload)) === 'right' ? 'right' : undefined
  const ask = () => asking.publish(message('question', '?'))
  t.equal(await asking.answer('answer', pick, { milliseconds: 20_000, ask }), 'right')
  t.equal(await asking.answer('never', pick, { milliseconds: 50, ask }), undefined)
})

t.test('says what the broker refuses, and when it is gone', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start({
    users: { analyst: 'word' },
    accessList: ['user analyst', 'topic read allowed/#'],
  })
  t.teardown(() => broker.remove())
  const passwordFile = join(t.testdir({ password: 'word' }), 'password')
  const talk = await open(broker.url, { username: 'analyst', passwordFile })
  await t.rejects(talk.publish(message('forbidden', 'x')), {
    code: 'BROKER_REFUSED',
    hint: /write forbidden/,
  })
  const waiting = talk.answer('allowed/x', () => undefined, { milliseconds: 60_000 })
  const rejected = t.rejects(waiting, { code: 'BROKER_UNREACHABLE' })
  await broker.kill()
  await rejected
  await t.rejects(talk.publish(message('allowed/x', 'x')), { code: 'BROKER_UNREACHABLE' })
})

t.test(
  'of a broker with several addresses the next is taken, with all subscriptions',
  MOSQUITTO,
  async (t) => {
    const [first, second] = [await Mosquitto.start(), await Mosquitto.start()]
    t.teardown(() => Promise.all([first.remove(), second.remove()]))
    const options = resolveBroker({ url: first.url, otherUrls: [second.url] }, 'test-several')
    const talk = await Conversation.open(options)
    t.teardown(() => talk.close())
    const heard: string[] = []
    await talk.subscribe('a/+', ({ payload }) => heard.push(String(Buffer.from(payload))))
    await talk.publish(message('a/1', 'one'))
    await until('it is heard', () => heard.length === 1)
    await first.kill()
    await talk.publish(message('a/1', 'two'))
    await until('it is heard at the other', () => heard.includes('two'))
    await talk.publish(message('a/2', 'kept', true))
    t.equal((await talk.collect('a/2')).size, 1)

    await first.start()
    const collecting = talk.collect('a/+')
    await second.kill()
    t.same([...(await collecting).keys()], [], 'the first has kept nothing')
    t.ok(await Promise.race([talk.closed.then(() => false), Promise.resolve(true)]), 'and is spoken with')
    await talk.close()
    await t.rejects(talk.publish(message('a/1', 'late')), { code: 'BROKER_UNREACHABLE' })
  },
)
