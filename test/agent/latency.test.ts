import t from 'tap'
import { Latency } from '../../agent/latency.js'

t.test('median and 99th percentile from capture to acknowledgement', async (t) => {
  const latency = new Latency()
  t.equal(latency.figures(), undefined)
  for (let n = 1; n <= 100; n++) {
    latency.published(`event-${n}`, 1_000_000)
    latency.acknowledged(`event-${n}`, 1_000_000 + n * 1000)
  }
  latency.acknowledged('event-1', 9_000_000)
  latency.acknowledged('never published', 9_000_000)
  t.same(latency.figures(), { alerts: 100, medianMilliseconds: 50, highMilliseconds: 99 })
})

t.test('forgets the oldest when too many wait or were measured', async (t) => {
  const latency = new Latency()
  for (let n = 0; n < 5000; n++) latency.published(`event-${n}`, 0)
  latency.acknowledged('event-0', 7_000_000)
  t.equal(latency.figures(), undefined, 'the first of 5,000 waiting was forgotten')
  for (let n = 1000; n < 5000; n++) latency.acknowledged(`event-${n}`, n < 4500 ? 1000 : 2000)
  t.same(latency.figures(), { alerts: 4000, medianMilliseconds: 1, highMilliseconds: 2 })
})
