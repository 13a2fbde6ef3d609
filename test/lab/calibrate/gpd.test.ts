import t from 'tap'
import { type Excess, fitTail, logLikelihood, tailBeyond, tailQuantile } from '../../../lab/calibrate/gpd.js'
import { seededRandom } from '../../../lab/evaluate/statistics.js'

/** Excesses drawn from a generalised Pareto distribution by inversion. */
function drawn(count: number, shape: number, scale: number, seed: number): Excess[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => ({
    excess: tailQuantile({ scale, shape }, 1 - random() || Number.MIN_VALUE),
    count: 1,
  }))
}

for (const shape of [-0.8, -0.4, -0.2, 0, 0.2, 0.5, 1]) {
  t.test(`finds shape ${shape} and its scale, on the scale of any unit`, async (t) => {
    for (const scale of [1e-4, 1, 50]) {
      for (const seed of [1, 2]) {
        const fit = fitTail(drawn(2000, shape, scale, seed))
        // Asymptotic standard errors of maximum likelihood (Smith 1987): (1 + shape) / sqrt(n) and
        // scale * sqrt(2 (1 + shape) / n); four of them, and at least 0.05, as below -0.5 that theory ends.
        t.ok(
          Math.abs(fit.shape - shape) < Math.max(0.05, (4 * (1 + shape)) / Math.sqrt(2000)),
          `${fit.shape}`,
        )
        t.ok(
          Math.abs(fit.scale / scale - 1) < 4 * Math.sqrt((2 * (1 + Math.max(0, shape))) / 2000),
          `${fit.scale}`,
        )
      }
    }
  })
}

t.test('a uniform tail is the shape -1, and its end is found', async (t) => {
  const random = seededRandom(11)
  const fit = fitTail(Array.from({ length: 2000 }, () => ({ excess: random() * 0.3, count: 1 })))
  t.ok(fit.shape < -0.9 && fit.shape >= -1, `${fit.shape}`)
  t.ok(Math.abs(fit.scale / -fit.shape - 0.3) < 0.01)
})

t.test('is at least as likely as the truth', async (t) => {
  for (const shape of [-0.5, 0, 0.5]) {
    const excesses = drawn(500, shape, 2, 7)
    const truth = logLikelihood(excesses, { shape, scale: 2 })
    t.ok(logLikelihood(excesses, fitTail(excesses)) >= truth - 1e-3)
  }
})

t.test('no neighbour is more likely: the fit is a maximum', async (t) => {
  const excesses = drawn(300, 0.3, 1, 9)
  const fit = fitTail(excesses)
  const best = logLikelihood(excesses, fit)
  for (const [scale, shape] of [
    [1.02, 0],
    [0.98, 0],
    [1, 0.02],
    [1, -0.02],
    [1.02, -0.02],
    [0.98, 0.02],
  ] as const) {
    t.ok(logLikelihood(excesses, { scale: fit.scale * scale, shape: fit.shape + shape }) < best)
  }
})

t.test('counts are repetitions', async (t) => {
  const once = drawn(50, 0.1, 1, 4)
  const counted = once.map(({ excess }, index) => ({ excess, count: 1 + (index % 3) }))
  const repeated = counted.flatMap(({ excess, count }) => new Array<Excess>(count).fill({ excess, count: 1 }))
  const [left, right] = [fitTail(counted), fitTail(repeated)]
  t.ok(Math.abs(left.shape - right.shape) < 1e-4)
  t.ok(Math.abs(left.scale - right.scale) < 1e-4)
})

t.test('a single value, or the same over and over, still gives a tail', async (t) => {
  for (const excesses of [[{ excess: 0.25, count: 1 }], [{ excess: 0.25, count: 400 }]]) {
    const { scale, shape } = fitTail(excesses)
    t.ok(scale > 0 && Number.isFinite(scale))
    t.ok(Math.abs(shape) <= 1)
  }
})

t.test('quantile and share beyond undo each other', async (t) => {
  for (const shape of [-0.5, 0, 0.5]) {
    for (const share of [1, 0.5, 1e-3, 1e-6]) {
      const tail = { scale: 2, shape }
      t.ok(Math.abs(tailBeyond(tail, tailQuantile(tail, share)) / share - 1) < 1e-9)
    }
  }
  t.equal(tailBeyond({ scale: 1, shape: -0.5 }, 2.1), 0, 'nothing lies beyond the end')
  t.equal(logLikelihood([{ excess: 2.1, count: 1 }], { scale: 1, shape: -0.5 }), Number.NEGATIVE_INFINITY)
})
