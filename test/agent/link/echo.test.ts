import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { EchoCheck } from '../../../agent/link/echo.js'
import type { BrokerMessage } from '../../../core/broker/connection.js'
import { firsteight } from '../../../generated/messages.js'
import { until } from '../../support/link.js'

const { Echo } = firsteight.v1
const identity = { site: 's', node: 'n', bootId: randomUUID() }

function createEcho(t: Test, timeoutMilliseconds: number, intervalMilliseconds: number) {
  const sent: BrokerMessage[] = []
  const events: string[] = []
  const echo = new EchoCheck({
    identity,
    timeoutMilliseconds,
    intervalMilliseconds,
    send: (message) => sent.push(message),
    failed: () => events.push('failed'),
    returned: () => events.push('returned'),
  })
  t.teardown(() => echo.stop())
  return { echo, sent, events }
}

t.test('only the last own echo proves anything', async (t) => {
  const { echo, sent, events } = createEcho(t, 60_000, 60_000)
  echo.start()
  t.equal(sent[0]?.topic, 'firsteight/v1/s/n/echo')
  const bytes = (change: object) => Echo.encode({ bootId: identity.bootId, number: 1, ...change }).finish()
  for (const foreign of [
    Buffer.from('noise'),
    Buffer.alloc(0),
    bytes({ number: 2 }),
    bytes({ bootId: randomUUID() }),
  ]) {
    echo.received(foreign)
    t.equal(echo.proven, false)
  }
  echo.received(sent[0]!.payload)
  t.equal(echo.proven, true)
  t.same(events, ['returned'])
  echo.stop()
  t.equal(echo.proven, false)
})

t.test('an echo that stays out is a failure, and the next one mends it', async (t) => {
  const { echo, sent, events } = createEcho(t, 20, 50)
  echo.start()
  await until('it fails twice', () => events.length >= 2)
  t.equal(echo.proven, false)
  const before = sent.length
  await until('it is sent again', () => sent.length > before)
  echo.received(sent.at(-1)!.payload)
  t.equal(echo.proven, true)
  await until('it is asked for again after the interval, and missed', () => !echo.proven)
  t.same([...new Set(events)], ['failed', 'returned'])
})
