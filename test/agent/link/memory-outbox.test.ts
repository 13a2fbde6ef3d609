import t from 'tap'
import { MemoryOutbox } from '../../../agent/link/memory-outbox.js'
import { entry, idsOf, outboxContract, takeAll } from './outbox-contract.js'

const outboxOf = (maximumMessages: number, maximumBytes = 1_000_000) =>
  new MemoryOutbox({ maximumMessages, maximumBytes })

outboxContract({ name: 'memory', open: () => outboxOf(10_000), numRuns: 1000 })

t.test('when full the oldest waiting entry goes, by count or by bytes', async (t) => {
  const [a, b, c, d, e] = [entry(), entry(), entry(), entry(), entry()]
  const byCount = outboxOf(3)
  for (const each of [a, b, c, d]) byCount.push(each)
  t.same([byCount.statistics().dropped.review, byCount.take('live')?.eventId], [1, b.eventId])
  byCount.push(e)
  t.same(byCount.statistics().dropped, { escalation: 0, review: 2 })
  t.same(idsOf(takeAll(byCount, 'live')), idsOf([d, e]), 'b is in flight and stays')

  const byBytes = outboxOf(100, 100)
  byBytes.push(entry({ bytes: 60 }))
  byBytes.push({ ...b, payload: new Uint8Array(60) })
  t.equal(byBytes.take('live')?.eventId, b.eventId)
  byBytes.push(entry({ bytes: 101 }))
  t.match(byBytes.statistics(), { length: 1, bytes: 60, dropped: { review: 2 } })
  t.equal(byBytes.take('live'), undefined, 'what finds no room even so is itself dropped')
})

t.test('reviews make room for escalations, not the other way round', async (t) => {
  const outbox = outboxOf(3)
  const urgent = [
    entry({ class: 'escalation' }),
    entry({ class: 'escalation' }),
    entry({ class: 'escalation' }),
  ]
  outbox.push(urgent[0]!)
  outbox.push(entry())
  outbox.push(urgent[1]!)
  outbox.push(urgent[2]!)
  t.same(outbox.statistics().dropped, { escalation: 0, review: 1 })
  outbox.push(entry())
  t.same(outbox.statistics().dropped, { escalation: 0, review: 2 })
  t.same(idsOf(takeAll(outbox, 'live')), idsOf(urgent))
})
