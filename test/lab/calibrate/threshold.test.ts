import t from 'tap'
import { tabulate } from '../../../lab/calibrate/conformal.js'
import {
  expectedFalseAlarms,
  overlapLimit,
  placeThreshold,
  thresholdForBudget,
} from '../../../lab/calibrate/threshold.js'
import { seededRandom } from '../../../lab/evaluate/statistics.js'

/** Clean losses drawn from somewhere, each counted once. */
function clean(values: readonly number[]) {
  const { losses, patterns } = tabulate(values.map((loss) => ({ loss, patterns: 1, streams: 1 })))
  return { losses, counts: patterns }
}

t.test('enough losses: the conformal quantile, nothing extrapolated', async (t) => {
  // 999 losses of 0.001 to 0.999; a budget of 1 in 100 allows 9 above the threshold: (1 + 9) / 1000.
  const losses = clean(Array.from({ length: 999 }, (_, index) => (index + 1) / 1000))
  const { threshold, extrapolated } = thresholdForBudget(losses, 10_000)
  t.equal(threshold, 0.99)
  t.equal(extrapolated, false)
  t.equal(thresholdForBudget(losses, 1000).threshold, 0.999, 'none above')
  t.ok(thresholdForBudget(losses, 999).extrapolated, 'one finer than 1 / (n + 1)')
})

t.test('ties leave the whole tie above or below', async (t) => {
  const losses = { losses: [0.1, 0.2, 0.3], counts: [900, 80, 19] }
  t.equal(thresholdForBudget(losses, 20_000).threshold, 0.2)
  t.equal(thresholdForBudget(losses, 19_000).threshold, 0.3)
  t.equal(thresholdForBudget(losses, 100_000).threshold, 0.1)
  t.equal(thresholdForBudget(losses, 1e6).threshold, 0.1, 'never below all losses')
})

t.test('extrapolates known tails: exponential, uniform, Pareto', async (t) => {
  const beyond = 1e-4
  const tails: [name: string, draw: (u: number) => number, truth: number, tolerance: number][] = [
    ['exponential', (u) => -Math.log(u), -Math.log(beyond), 0.2],
    ['uniform', (u) => 1 - u, 1 - beyond, 0.01],
    ['Pareto, index 3', (u) => u ** (-1 / 3), beyond ** (-1 / 3), 0.45],
  ]
  for (const [name, draw, truth, tolerance] of tails) {
    const found: number[] = []
    for (const seed of [1, 2, 3, 4, 5, 6, 7]) {
      const random = seededRandom(seed)
      const sample = Array.from({ length: 5000 }, () => draw(1 - random()))
      const result = thresholdForBudget(clean(sample), beyond * 1e6)
      t.ok(result.extrapolated)
      t.ok(result.threshold >= Math.max(...sample) * (1 - 1e-9))
      found.push(result.threshold)
    }
    const median = found.sort((a, b) => a - b)[3]!
    t.ok(Math.abs(median / truth - 1) < tolerance, `${name}: ${median}, truth ${truth}`)
  }
})

t.test("the example of libspot's documentation: an exponential stream, one in 10,000", async (t) => {
  // libspot 2, "Get started": q = 1e-4 on Exp(1), then 200,000 steps, so 20 are to be above. It learns from 20,000;
  // 5,000 cannot show one in 10,000, so here the tail must.
  const above = Array.from({ length: 21 }, (_, seed) => {
    const random = seededRandom(100 + seed)
    const { threshold, extrapolated } = thresholdForBudget(
      clean(Array.from({ length: 5000 }, () => -Math.log(1 - random()))),
      100,
    )
    t.ok(extrapolated)
    return 200_000 * Math.exp(-threshold)
  }).sort((a, b) => a - b)
  t.ok(above[10]! > 8 && above[10]! < 40, `median ${above[10]}`)
  t.ok(above[18]! < 120, `nine in ten ${above[18]}`)
})

t.test('too few different losses: a margin, marked', async (t) => {
  const result = thresholdForBudget({ losses: [0.01, 0.02], counts: [500, 3] }, 1)
  t.match(result, { threshold: 0.022, extrapolated: true, tail: undefined })
  t.equal(thresholdForBudget({ losses: [0], counts: [500] }, 1).threshold, 1e-3, 'above zero')
})

t.test('expected false alarms: counted where there are any, else by the tail', async (t) => {
  const losses = { losses: [0.1, 0.2, 0.3], counts: [900, 80, 19] }
  t.equal(expectedFalseAlarms(losses, undefined, 0.2), 20_000)
  t.equal(expectedFalseAlarms(losses, undefined, 0.5), 1000)
  const tail = { start: 0.1, scale: 0.1, shape: 0, excesses: 99 }
  t.ok(Math.abs(expectedFalseAlarms(losses, tail, 0.6) - (99 / 999) * Math.exp(-5) * 1e6) < 1e-6)
  t.equal(expectedFalseAlarms(losses, tail, 0.2), 20_000)
})

/** Attacks at these losses, the lowest first. */
function bounds(current: number, budget: number, attacks: readonly number[], limit: number, learnt = 0.001) {
  return { current, budget, attacksFrom: attacks[0], attacks, limit, learnt }
}

t.test('the threshold stays in the gap, and moves no further than it must', async (t) => {
  t.same(placeThreshold(bounds(0.05, 0.01, [0.1], 0.02)), { threshold: 0.05, how: 'kept' })
  t.same(placeThreshold(bounds(0.005, 0.01, [0.1], 0.02)), { threshold: 0.01, how: 'raised' })
  t.same(placeThreshold(bounds(0.2, 0.01, [0.1], 0.02)), { threshold: 0.1 * 0.9, how: 'lowered' })
  t.same(placeThreshold(bounds(0.2, 0.3, [], 0.02)), { threshold: 0.3, how: 'raised' })
  t.same(placeThreshold(bounds(0.2, 0.1, [], 0.02)), { threshold: 0.2, how: 'kept' })
})

t.test('a budget beyond the attacks: the whole gap, and no more', async (t) => {
  t.same(placeThreshold(bounds(0.05, 0.3, [0.1], 0.02)), { threshold: 0.1 * 0.9, how: 'gap' })
  t.same(placeThreshold(bounds(0.2, 0.3, [0.1], 0.02)), { threshold: 0.1 * 0.9, how: 'gap' })
  const heldOut = placeThreshold(bounds(0.2, 0.3, [0.1], 0.25))
  t.same(heldOut, { threshold: 0.1 * 0.9, how: 'gap' }, 'what was held out and since learnt does not count')
  t.ok(placeThreshold(bounds(0.2, 0.1, [0], 0)).threshold > 0, 'attacks without a loss')
})

t.test('attacks among clean losses: the gap above the clean losses', async (t) => {
  const place = (current: number, attacks: readonly number[], budget = 0.3) =>
    placeThreshold(bounds(current, budget, attacks, 0.05, 0.01))
  const among = [0.005, 0.02, 0.1]
  const placed = place(0.2, among)
  t.same(placed, { threshold: 0.1 * 0.9, how: 'overlap' })
  t.same(place(placed.threshold, among), placed, 'the same again')
  t.equal(place(0.2, among, 0.06).threshold, 0.06, 'no further than the budget needs')
  t.equal(place(0.2, [0.005, 0.051]).threshold, 0.05, 'hardly a gap: what clean needs')
  t.equal(place(0.2, [0.005]).threshold, 0.05, 'no attack known above: what clean needs')
  const atSite = placeThreshold({ ...bounds(0.2, 0.3, among, 0.05, 0.01), attacks: undefined })
  t.equal(atSite.threshold, 0.05, 'attacks known by their curve alone')
})

t.test('a clean pattern that was learnt is never flagged for the sake of attacks', async (t) => {
  const placed = placeThreshold(bounds(0.2, 0.3, [0.05, 0.2], 0.02, 0.08))
  t.same(placed, { threshold: 0.2 * 0.9, how: 'overlap' })
  t.same(placeThreshold(bounds(placed.threshold, 0.3, [0.05, 0.2], 0.02, 0.08)), placed, 'the same again')
  t.equal(placeThreshold(bounds(0.03, 0.3, [0.01, 0.09], 0.05, 0.085)).threshold, 0.085)
})

t.test('what 300 clean streams of a million exceed', async (t) => {
  t.equal(overlapLimit({ losses: [0.1, 0.2, 0.3], counts: [99_970, 27, 3] }), 0.2, '(1 + 3) / 100,001')
  t.equal(overlapLimit({ losses: [0.1, 0.2, 0.3], counts: [90, 7, 3] }), 0.3, 'too few to tell')
})
