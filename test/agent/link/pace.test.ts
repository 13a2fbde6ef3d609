import t from 'tap'
import { Pace } from '../../../agent/link/pace.js'

t.test('so many a second, evenly; a late caller may make up for a little', async (t) => {
  const pace = new Pace(100)
  let happened = 0
  for (let now = 1000; now < 2000; now++) {
    while (pace.wait(now) === 0) {
      pace.spend(now)
      happened++
    }
  }
  t.ok(happened >= 100 && happened <= 104, `${happened}`)
  t.ok(pace.wait(2000) <= 10)

  const late = new Pace(100)
  happened = 0
  late.spend(0)
  while (late.wait(60_000) === 0) {
    late.spend(60_000)
    happened++
  }
  t.ok(happened >= 2 && happened <= 4, `a minute's pause is not made up for: ${happened}`)
})
