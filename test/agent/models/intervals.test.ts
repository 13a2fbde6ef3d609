import t from 'tap'
import { Intervals } from '../../../agent/models/intervals.js'

t.test('rates of intervals, from one model to the next', async (t) => {
  const counts = { streams: 100, anomalies: 10, faults: 0 }
  const intervals = new Intervals(() => ({ ...counts }))
  counts.streams += 50
  counts.anomalies += 5
  intervals.ended()
  t.match(intervals.lastRate, { streams: 50, anomalies: 5 })
  counts.streams += 20
  t.match(intervals.sum(), { streams: 70, anomalies: 5 }, 'with the present one')
  intervals.restart()
  t.match(intervals.sum(), { streams: 0, anomalies: 0 })
  intervals.ended()
  t.match(intervals.lastRate, { streams: 0, anomalies: 0 })
})

t.test('whoever waits hears of the next end, or of why it is stopped', async (t) => {
  const intervals = new Intervals(() => ({ streams: 0, anomalies: 0, faults: 0 }))
  const stop = new AbortController()
  const [one, other] = [intervals.next(new AbortController().signal), intervals.next(stop.signal)]
  stop.abort(new Error('another order'))
  await t.rejects(other, /another order/)
  intervals.ended()
  await one
  t.throws(() => intervals.next(stop.signal), /another order/)
})
