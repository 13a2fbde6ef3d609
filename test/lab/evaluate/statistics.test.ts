import t, { type Test } from 'tap'
import {
  drawCounts,
  groupedInterval,
  middle95,
  quantile,
  seededRandom,
} from '../../../lab/evaluate/statistics.js'

function near(t: Test, actual: number, expected: number, digits = 4): void {
  t.equal(actual.toFixed(digits), expected.toFixed(digits))
}

t.test('quantiles are interpolated', async (t) => {
  t.equal(quantile([4, 1, 3, 2], 0), 1)
  t.equal(quantile([4, 1, 3, 2], 1), 4)
  t.equal(quantile([4, 1, 3, 2], 0.5), 2.5)
  t.ok(Number.isNaN(quantile([], 0.5)))
  const [low, high] = middle95(Array.from({ length: 1001 }, (_, index) => index))
  near(t, low, 25)
  near(t, high, 975)
})

t.test('draws are as many as there are things, and the same for one seed', async (t) => {
  const random = seededRandom(7)
  const drawn = drawCounts(1000, random)
  t.equal(
    drawn.reduce((sum, times) => sum + times, 0),
    1000,
  )
  t.same(drawCounts(1000, seededRandom(7)), drawn)
  t.notSame(drawCounts(1000, seededRandom(8)), drawn)
  // A share of (1 - 1/n)^n, about 1/e, is never drawn.
  const never = drawn.filter((times) => times === 0).length
  t.ok(never > 320 && never < 420, `${never} of 1000`)
})

t.test('groups that agree inside widen the interval', async (t) => {
  const alike = Array.from({ length: 50 }, (_, index) => ({ successes: index < 25 ? 20 : 0, trials: 20 }))
  const mixed = Array.from({ length: 50 }, () => ({ successes: 10, trials: 20 }))
  const [low, high] = groupedInterval(alike, 1)!
  t.ok(low > 0.3 && low < 0.42, `${low}`)
  t.ok(high > 0.58 && high < 0.7, `${high}`)
  t.same(groupedInterval(mixed, 1), [0.5, 0.5])
  t.same(groupedInterval(alike, 1), [low, high], 'equal seeds, equal intervals')
  t.notSame(groupedInterval(alike, 2), [low, high])
  t.equal(groupedInterval(alike.slice(0, 9), 1), undefined, 'of too few groups nothing can be said')
})
