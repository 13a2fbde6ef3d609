import t from 'tap'
import {
  brierScore,
  crossPredict,
  type Prediction,
  reliabilityOf,
} from '../../../lab/calibrate/reliability.js'
import { seededRandom } from '../../../lab/evaluate/statistics.js'

const prediction = (attack: boolean, stated: number, weight = 1): Prediction => ({
  label: attack ? 'a' : '',
  attack,
  loss: 0,
  stated,
  patterns: 1,
  weight,
})

t.test('Brier score by hand', async (t) => {
  t.equal(brierScore([prediction(true, 1), prediction(false, 0)]), 0)
  t.equal(brierScore([prediction(true, 0.5), prediction(false, 0.5)]), 0.25)
  t.equal(brierScore([prediction(true, 0.5, 3), prediction(false, 1, 1)]), (3 * 0.25 + 1) / 4)
})

t.test('the diagram: means of what was stated, shares of what was so', async (t) => {
  const bins = reliabilityOf([
    prediction(false, 0.02, 0.25),
    prediction(true, 0.04, 0.25),
    prediction(true, 0.95, 0.25),
    prediction(true, 1, 0.25),
  ])
  t.equal(bins.length, 2)
  t.match(bins[0], { stated: 0.03, observed: 0.5, weight: 0.5 })
  t.match(bins[1], { stated: 0.975, observed: 1, weight: 0.5 })
})

t.test('a label is asked about by a curve that did not see it', async (t) => {
  // The lone label lies below all others, where everything else is clean: alone it would be believed.
  const clean = { losses: [0.1, 0.2], counts: [50, 50] }
  const attacks = [
    { label: 'lone', losses: [0.15] },
    { label: 'a', losses: [0.9] },
    { label: 'b', losses: [0.95] },
  ]
  const lone = crossPredict(clean, attacks).find(({ label }) => label === 'lone')!
  t.ok(lone.stated < 0.2, `${lone.stated}`)
})

t.test('weights: half clean, half attacks, each label alike', async (t) => {
  const clean = { losses: [0.1, 0.2, 0.3], counts: [5, 3, 2] }
  const predictions = crossPredict(clean, [
    { label: 'a', losses: [1, 1.1, 1.2, 1.3] },
    { label: 'b', losses: [2] },
  ])
  const weigh = (keep: (entry: Prediction) => boolean) =>
    predictions.filter(keep).reduce((sum, { weight }) => sum + weight, 0)
  t.ok(Math.abs(weigh(({ attack }) => !attack) - 0.5) < 1e-12)
  t.ok(Math.abs(weigh(({ label }) => label === 'a') - 0.25) < 1e-12)
  t.ok(Math.abs(weigh(({ label }) => label === 'b') - 0.25) < 1e-12)
  t.equal(
    predictions.reduce((sum, { patterns }) => sum + patterns, 0),
    15,
  )
})

t.test('a single clean loss can be asked about, too', async (t) => {
  const predictions = crossPredict({ losses: [0.1], counts: [9] }, [
    { label: 'a', losses: [1] },
    { label: 'b', losses: [2] },
  ])
  t.equal(predictions.filter(({ attack }) => !attack).length, 1)
})

t.test('overlapping classes: stated and observed agree', async (t) => {
  const random = seededRandom(8)
  const losses = Array.from({ length: 400 }, () => random()).sort((a, b) => a - b)
  const clean = { losses, counts: losses.map(() => 1) }
  const attacks = Array.from({ length: 400 }, (_, index) => ({
    label: `${index}`,
    losses: [Math.max(random(), random(), random())],
  }))
  const predictions = crossPredict(clean, attacks)
  for (const { stated, observed, weight } of reliabilityOf(predictions)) {
    if (weight > 0.05) t.ok(Math.abs(stated - observed) < 0.12, `${stated} ${observed} ${weight}`)
  }
  t.ok(brierScore(predictions) < 0.22)
})
