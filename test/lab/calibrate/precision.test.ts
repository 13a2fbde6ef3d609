import t from 'tap'
import { wilsonInterval } from '../../../lab/calibrate/precision.js'

const near = (left: number, right: number) => Math.abs(left - right) < 5e-5

t.test('published values', async (t) => {
  // Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
  for (const [successes, trials, lower, upper] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const) {
    const interval = wilsonInterval(successes, trials)
    t.ok(near(interval.lower, lower) && near(interval.upper, upper), JSON.stringify(interval))
  }
})

t.test('all, none, nothing tried', async (t) => {
  t.equal(wilsonInterval(10, 10).upper, 1)
  t.equal(wilsonInterval(0, 10).lower, 0)
  t.same(wilsonInterval(0, 0), { lower: 0, upper: 1 })
})

t.test('contains the share, and narrows', async (t) => {
  for (const trials of [1, 10, 1000, 1e6]) {
    for (const share of [0, 0.1, 0.5, 0.999, 1]) {
      const successes = Math.round(share * trials)
      const { lower, upper } = wilsonInterval(successes, trials)
      t.ok(
        lower <= successes / trials &&
          successes / trials <= upper &&
          upper - lower < 4 / Math.sqrt(trials + 4),
      )
    }
  }
})
