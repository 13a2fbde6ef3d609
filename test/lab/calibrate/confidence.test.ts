import fc from 'fast-check'
import t from 'tap'
import { KNOT_LIMIT } from '../../../core/calibration-rules.js'
import { type AttackLosses, attacksFrom, fitConfidence } from '../../../lab/calibrate/confidence.js'
import { seededRandom } from '../../../lab/evaluate/statistics.js'

const label = (name: string, ...losses: number[]): AttackLosses => ({ label: name, losses })

t.test('classes far apart: one step each, as sure as the number of labels allows', async (t) => {
  const clean = { losses: [0.01, 0.02], counts: [90, 10] }
  const attacks = [label('a', 0.5), label('b', 0.6, 0.7), label('c', 0.8)]
  const { losses, probabilities } = fitConfidence(clean, attacks)
  t.same(losses, [0.01, 0.02, 0.5, 0.8])
  // Clean weighs 3, as the labels do: (0 + 0.5) / (3 + 1) and (3 + 0.5) / (3 + 1).
  t.same(probabilities, [0.125, 0.125, 0.875, 0.875])
  t.equal(attacksFrom({ losses, probabilities }), 0.5)
})

t.test('a label weighs 1, however many patterns it has', async (t) => {
  const clean = { losses: [0.1, 0.5], counts: [1, 1] }
  const many = Array.from({ length: 1000 }, () => 0.1)
  const { losses, probabilities } = fitConfidence(clean, [label('many', ...many), label('one', 0.5)])
  t.same(losses, [0.1, 0.5])
  for (const probability of probabilities) t.ok(Math.abs(probability - 0.5) < 1e-9)
})

t.test('the same loss in both classes is a tie, and shares its block', async (t) => {
  const clean = { losses: [0.1, 0.2], counts: [50, 50] }
  const { probabilities } = fitConfidence(clean, [label('a', 0.2), label('b', 0.9)])
  // At 0.2: clean 1, attack 1: half; drawn to half it stays.
  t.equal(probabilities[1], 0.5)
})

t.test('a clean loss above an attack pools what lies between', async (t) => {
  const clean = { losses: [0.1, 0.6], counts: [3, 1] }
  const { losses, probabilities } = fitConfidence(clean, [
    label('a', 0.4),
    label('b', 0.5),
    label('c', 0.9),
    label('d', 1),
  ])
  // From 0.4 to 0.6: two labels and a clean quarter that weighs 1.
  t.same(losses, [0.1, 0.4, 0.6, 0.9, 1])
  t.same(probabilities, [0.125, 0.625, 0.625, 2.5 / 3, 2.5 / 3])
  t.equal(attacksFrom({ losses, probabilities }), 0.4)
})

t.test('nothing is likely to be an attack', async (t) => {
  t.equal(attacksFrom({ losses: [0.1, 1], probabilities: [0.1, 0.4] }), undefined)
})

t.test('any labelled losses give a curve within its rules', async () => {
  const losses = fc.array(
    fc.integer({ min: 0, max: 30 }).map((units) => units / 16),
    { minLength: 1, maxLength: 20 },
  )
  fc.assert(
    fc.property(fc.array(losses, { minLength: 1, maxLength: 8 }), losses, (attacks, cleanLosses) => {
      const ascending = [...new Set(cleanLosses)].sort((a, b) => a - b)
      const clean = { losses: ascending, counts: ascending.map((_, index) => 1 + index) }
      const curve = fitConfidence(
        clean,
        attacks.map((losses, index) => label(`${index}`, ...losses)),
      )
      return curve.losses.every(
        (loss, index) =>
          (index === 0 ||
            (loss > curve.losses[index - 1]! &&
              curve.probabilities[index]! >= curve.probabilities[index - 1]!)) &&
          curve.probabilities[index]! > 0 &&
          curve.probabilities[index]! < 1,
      )
    }),
  )
})

t.test('is the best never-falling fit: no shift of one block comes closer', async (t) => {
  const random = seededRandom(5)
  const clean = { losses: [] as number[], counts: [] as number[] }
  for (let index = 0; index < 300; index++) {
    clean.losses.push(index / 300)
    clean.counts.push(1)
  }
  const attacks = Array.from({ length: 100 }, (_, index) => label(`${index}`, Math.max(random(), random())))
  const { losses, probabilities } = fitConfidence(clean, attacks)
  // The share of attacks among losses near x is 2x / (1 + 2x), as the densities are 2x and 1.
  for (const at of [0.2, 0.5, 0.8]) {
    const index = losses.findIndex((loss) => loss >= at)
    t.ok(Math.abs(probabilities[index]! - (2 * at) / (1 + 2 * at)) < 0.15, `${at}: ${probabilities[index]}`)
  }
})

t.test('a curve of too many steps is made coarser', async (t) => {
  const steps = 3000
  const clean = { losses: [] as number[], counts: [] as number[] }
  const attacks: AttackLosses[] = []
  // Ever more attacks: no two neighbours are pooled.
  for (let step = 0; step < steps; step++) {
    clean.losses.push(step)
    clean.counts.push(steps - step)
    attacks.push(label(`${step}`, step))
  }
  const { losses, probabilities } = fitConfidence(clean, attacks)
  t.ok(losses.length <= KNOT_LIMIT && losses.length > KNOT_LIMIT / 4, `${losses.length}`)
  t.ok(probabilities.every((probability, index) => index === 0 || probability >= probabilities[index - 1]!))
})
