import t from 'tap'
import type { FlowAlert } from '../../../agent/route/aggregate.js'
import { type HeldBack, RateCap } from '../../../agent/route/rate-cap.js'
import { hostPair, streamRecord } from '../../support/stream-records.js'

const SECOND = 1_000_000

function rateCap(cap: number) {
  const events: (string | HeldBack)[] = []
  const limiter = new RateCap(
    cap,
    (alert) => events.push(`alert of ${alert.anomalousStreams}`),
    (heldBack) => events.push(heldBack),
  )
  let hosts = 0
  const offer = (second: number, anomalousStreams = 1, escalates = false, host = hosts++) => {
    const alert: FlowAlert = {
      record: streamRecord(hostPair(host)),
      anomalousStreams,
      totalStreams: anomalousStreams,
      firstSeenMicroseconds: (second - 5) * SECOND,
      lastSeenMicroseconds: second * SECOND,
      examples: [],
      bothDirections: false,
    }
    return limiter.offer(alert, escalates, second * SECOND)
  }
  return { limiter, events, offer }
}

t.test('so many a minute, the rest exactly counted at its end', async (t) => {
  const { limiter, events, offer } = rateCap(2)
  t.same([offer(100), offer(101, 7), offer(102, 10), offer(110, 3)], [true, true, false, false])
  limiter.closeEnded(160 * SECOND - 1)
  t.same(events, ['alert of 1', 'alert of 7'])
  limiter.closeEnded(160 * SECOND)
  const summary = {
    fromMicroseconds: 97 * SECOND,
    toMicroseconds: 110 * SECOND,
    alerts: 2,
    escalations: 0,
    anomalousStreams: 13,
    overShare: 0,
  }
  t.same(events[2], summary)
  t.ok(offer(161), 'a new minute')
  limiter.closeEnded(1000 * SECOND)
  t.equal(events.length, 4, 'no summary of nothing')
})

t.test('an alert after the minute closes it first', async (t) => {
  const { events, offer } = rateCap(1)
  offer(0)
  offer(1)
  t.ok(offer(61, 5))
  t.same(
    events.map((event) => (typeof event === 'string' ? event : event.alerts)),
    ['alert of 1', 1, 'alert of 5'],
  )
})

t.test('a summary before the minute ends does not reset what was used up', async (t) => {
  const { limiter, events, offer } = rateCap(1)
  offer(0)
  offer(1)
  limiter.summarise()
  t.match(events[1], { alerts: 1 })
  t.notOk(offer(2))
  limiter.summarise()
  t.match(events[2], { alerts: 1 })
})

t.test('a clock that was set back does not stretch the minute, nor open a new one', async (t) => {
  const { limiter, offer } = rateCap(1)
  offer(100_000)
  limiter.restartMinute(0)
  t.notOk(offer(1))
  t.ok(offer(60))
})

t.test('a flood for review does not push out an escalation, nor the other way round', async (t) => {
  const { limiter, events, offer } = rateCap(2)
  for (let review = 0; review < 50; review++) offer(1)
  t.same([offer(2, 3, true), offer(2, 3, true), offer(2, 3, true), offer(3)], [true, true, false, false])
  limiter.closeEnded(61 * SECOND)
  t.same(events.slice(0, 4), ['alert of 1', 'alert of 1', 'alert of 3', 'alert of 3'])
  t.match(events[4], { alerts: 50, escalations: 1, anomalousStreams: 52 })
  t.ok(offer(62, 1, true), 'a new minute for both')
  t.ok(offer(62))
})

t.test('one host stops at half of the cap, and the rest is told as above its share', async (t) => {
  const { limiter, events, offer } = rateCap(10)
  for (let alert = 0; alert < 1000; alert++) offer(1, 1, false, 7)
  t.equal(events.length, 5)
  for (let host = 100; host < 200; host++) offer(2, 1, false, host)
  t.equal(events.length, 10)
  limiter.closeEnded(61 * SECOND)
  t.match(events.at(-1), { alerts: 1090, overShare: 995 })
  t.ok(offer(62, 1, false, 7), 'a new minute')
})
