import fc from 'fast-check'
import t from 'tap'
import { MemoryOutbox, type OutboxEntry } from '../../../agent/link/outbox.js'

const entry = (eventId: string, bytes = 10): OutboxEntry => ({ eventId, payload: new Uint8Array(bytes) })
const outboxOf = (maximumMessages: number, maximumBytes = 1_000_000) =>
  new MemoryOutbox({ maximumMessages, maximumBytes })

t.test('entries leave in order and stay until they are acknowledged', async (t) => {
  const outbox = outboxOf(10)
  for (const name of ['a', 'b', 'c']) outbox.push(entry(name))
  const first = outbox.take()!
  const second = outbox.take()!
  t.same([first.eventId, second.eventId, outbox.length], ['a', 'b', 3])
  outbox.acknowledge(second)
  outbox.acknowledge(second)
  t.equal(outbox.length, 2)
  outbox.putAllBack()
  t.same([outbox.take()?.eventId, outbox.take()?.eventId, outbox.take()], ['a', 'c', undefined])
})

t.test('when full the oldest waiting entry goes, by count or by bytes', async (t) => {
  const byCount = outboxOf(3)
  for (const name of ['a', 'b', 'c', 'd']) byCount.push(entry(name))
  t.same([byCount.dropped, byCount.take()?.eventId], [1, 'b'])
  byCount.push(entry('e'))
  t.same([byCount.dropped, byCount.length, byCount.take()?.eventId], [2, 3, 'd'], 'b is in flight and stays')

  const byBytes = outboxOf(100, 100)
  byBytes.push(entry('a', 60))
  byBytes.push(entry('b', 60))
  t.same([byBytes.dropped, byBytes.take()?.eventId], [1, 'b'])
  byBytes.push(entry('too large', 101))
  t.same([byBytes.dropped, byBytes.length, byBytes.take()], [2, 1, undefined])
})

t.test('behaves as a plain list would, whatever is done to it', async (t) => {
  const limit = 5
  const step = fc.constantFrom('push', 'push', 'take', 'acknowledge', 'putBack', 'putAllBack' as const)
  let steps = 0
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (actions) => {
      const outbox = outboxOf(limit)
      let waiting: string[] = []
      let inFlight: OutboxEntry[] = []
      let dropped = 0
      for (const [index, action] of actions.entries()) {
        steps++
        if (action === 'push') {
          outbox.push(entry(`${index}`))
          waiting.push(`${index}`)
          while (waiting.length + inFlight.length > limit && waiting.length > 0) {
            waiting.shift()
            dropped++
          }
        } else if (action === 'take') {
          const taken = outbox.take()
          if (taken?.eventId !== waiting.shift()) return false
          if (taken) inFlight.push(taken)
        } else if (action === 'putAllBack') {
          outbox.putAllBack()
          waiting = [...inFlight.map(({ eventId }) => eventId), ...waiting]
          inFlight = []
        } else {
          const last = inFlight.pop()
          if (!last) continue
          outbox[action](last)
          if (action === 'putBack') waiting.unshift(last.eventId)
        }
        if (outbox.length !== waiting.length + inFlight.length || outbox.dropped !== dropped) return false
      }
      return true
    }),
    { numRuns: 2000 },
  )
  t.ok(steps > 10_000)
})
