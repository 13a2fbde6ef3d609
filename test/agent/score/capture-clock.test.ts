import t from 'tap'
import { CaptureClock } from '../../../agent/score/capture-clock.js'

t.test('runs with the capture, and with the wall clock between packets', async (t) => {
  let latest = 0
  let wall = 500
  const clock = new CaptureClock(
    () => latest,
    () => wall,
  )
  t.equal(clock.now(), undefined, 'no packet yet')
  latest = 1_000_000
  t.equal(clock.now(), 1_000_000)
  wall += 20
  t.equal(clock.now(), 1_020_000, 'silence passes at the pace of the wall clock')
  latest = 1_005_000
  t.equal(clock.now(), 1_005_000, 'a packet sets it anew')
})
