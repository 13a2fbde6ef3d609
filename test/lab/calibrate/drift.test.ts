import t from 'tap'
import { driftBetween } from '../../../lab/calibrate/drift.js'
import { seededRandom } from '../../../lab/evaluate/statistics.js'

const losses = [0.01, 0.1, 0.2, 0.4, 0.9, 2]

t.test('the same shares: nothing drifted', async (t) => {
  const drift = driftBetween(
    { losses, counts: [500, 200, 100, 100, 50, 50] },
    { losses, counts: [5000, 2000, 1000, 1000, 500, 500] },
    1,
  )
  t.equal(drift.psi, 0)
  t.equal(drift.verdict, 'stable')
})

t.test('the index by hand', async (t) => {
  // Shares 0.8 and 0.2 become 0.5 and 0.5: -0.3 ln(0.625) + 0.3 ln(2.5).
  const drift = driftBetween(
    { losses: [0, 2], counts: [8000, 2000] },
    { losses: [0, 2], counts: [500, 500] },
    1,
  )
  t.ok(Math.abs(drift.psi - 0.3 * Math.log(4)) < 1e-12)
  t.ok(Math.abs(drift.noise - (1 / 10000 + 1 / 1000)) < 1e-12)
  t.equal(drift.verdict, 'large')
})

t.test('an empty bin stays finite', async (t) => {
  const drift = driftBetween({ losses: [0], counts: [1000] }, { losses: [2], counts: [1000] }, 1)
  t.ok(Number.isFinite(drift.psi) && drift.verdict === 'large')
})

t.test('moderate, and too few to tell', async (t) => {
  const before = { losses: [0, 2], counts: [9000, 1000] }
  t.equal(driftBetween(before, { losses: [0, 2], counts: [780, 220] }, 1).verdict, 'moderate')
  t.equal(driftBetween(before, { losses: [0, 2], counts: [4, 4] }, 1).verdict, 'too few to tell')
})

t.test('without drift the index is about the noise it states', async (t) => {
  const random = seededRandom(3)
  const draw = (count: number) => {
    const counts = losses.map(() => 0)
    for (let index = 0; index < count; index++) counts[Math.floor(random() * losses.length)]!++
    return { losses, counts }
  }
  let [psi, noise] = [0, 0]
  for (let trial = 0; trial < 500; trial++) {
    const drift = driftBetween(draw(1000), draw(500), 1)
    psi += drift.psi / 500
    noise += drift.noise / 500
  }
  t.ok(psi > noise * 0.85 && psi < noise * 1.15, `${psi} and ${noise}`)
})
