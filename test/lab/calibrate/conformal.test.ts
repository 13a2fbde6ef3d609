import t from 'tap'
import { pValueOf } from '../../../core/assurance.js'
import { tabulate } from '../../../lab/calibrate/conformal.js'
import { seededRandom } from '../../../lab/evaluate/statistics.js'

const point = (loss: number, patterns = 1, streams = 1) => ({ loss, patterns, streams })

t.test('equal losses are one entry, in order', async (t) => {
  t.same(tabulate([point(0.5, 1, 7), point(0.1, 2, 30), point(0.5, 3, 3)]), {
    losses: [0.1, 0.5],
    patterns: [2, 4],
    streams: [30, 10],
  })
})

t.test('too many different losses: the lowest are counted at the next higher, none is lost', async (t) => {
  const points = Array.from({ length: 100 }, (_, index) => point(index + 1, 1, index + 1))
  for (const limit of [99, 60, 50, 20, 3, 1]) {
    const table = tabulate(points, limit)
    t.equal(table.losses.length, limit)
    t.equal(table.losses.at(-1), 100)
    t.equal(
      table.patterns.reduce((sum, count) => sum + count, 0),
      100,
    )
    t.equal(
      table.streams.reduce((sum, count) => sum + count, 0),
      5050,
    )
    for (const { loss } of points) {
      const exact = pValueOf({ calibration: tabulate(points) }, loss)!
      if (pValueOf({ calibration: table }, loss)! < exact) t.fail(`limit ${limit}, loss ${loss}`)
    }
  }
})

t.test(
  'p-values hold: of clean streams like the calibration at most a share a has p <= a, ties included',
  async (t) => {
    const random = seededRandom(12)
    // Few different losses, as integer arithmetic gives.
    const draw = () => Math.floor(random() ** 3 * 12) / 64
    for (const level of [0.02, 0.05, 0.1, 0.3]) {
      let flagged = 0
      const trials = 4000
      for (let trial = 0; trial < trials; trial++) {
        const calibration = tabulate(Array.from({ length: 99 }, () => point(draw())))
        if (pValueOf({ calibration }, draw())! <= level) flagged++
      }
      // Three standard deviations of a binomial share.
      t.ok(
        flagged / trials <= level + 3 * Math.sqrt((level * (1 - level)) / trials),
        `${level}: ${flagged / trials}`,
      )
    }
  },
)
