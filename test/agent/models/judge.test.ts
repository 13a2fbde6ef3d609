import t from 'tap'
import { judgeShadow, judgeWatch, RecentRates } from '../../../agent/models/judge.js'
import { DEFAULT_BOUNDS } from '../../../core/model-manifest.js'

const BOUNDS = {
  ...DEFAULT_BOUNDS,
  minimumStreams: 100,
  shadowSeconds: 10,
  watchIntervals: 3,
  maximumStarts: 2,
}

function shadow(streams: number, active: number, candidate: number, seconds = 10) {
  const context = { context: 1, streams, activeAnomalies: active, candidateAnomalies: candidate }
  const contexts = [{ ...context, onlyActive: 0, onlyCandidate: 0 }]
  return { seconds, contexts, uncompared: 0, examples: [] }
}

t.test('a shadow is judged by enough streams, a bad one at once, a good one after its time', async (t) => {
  t.equal(judgeShadow(shadow(99, 0, 99), BOUNDS), 'open')
  t.match(judgeShadow(shadow(100, 0, 2, 1), BOUNDS), { outOfBounds: /2% of 100 streams.*0%.*1% are allowed/ })
  t.equal(judgeShadow(shadow(100, 0, 1, 9), BOUNDS), 'open')
  t.equal(judgeShadow(shadow(100, 0, 1), BOUNDS), 'good')
  t.equal(
    judgeShadow(shadow(1000, 900, 905), BOUNDS),
    'good',
    'a tunnel under both models is no fault of the candidate',
  )
  t.equal(judgeShadow(shadow(1000, 900, 0), BOUNDS), 'good')
  t.match(judgeShadow(shadow(1000, 900, 0), { ...BOUNDS, maximumDecrease: 0.1 }), { outOfBounds: /90% less/ })
})

t.test('a watch ends with the intervals, or at the first thing out of bounds', async (t) => {
  const good = {
    intervals: 1,
    streams: 1000,
    anomalies: 5,
    faults: 0,
    starts: 0,
    baselineStreams: 1000,
    baselineAnomalies: 5,
  }
  const calm = { streams: 300, anomalies: 1 }
  t.equal(judgeWatch(good, calm, BOUNDS), 'open')
  t.equal(judgeWatch({ ...good, intervals: 3 }, calm, BOUNDS), 'good')
  t.match(judgeWatch({ ...good, anomalies: 16 }, calm, BOUNDS), { outOfBounds: /1.6% of 1000/ })
  t.match(judgeWatch(good, { streams: 300, anomalies: 30 }, BOUNDS), { outOfBounds: /10% of 300/ }, 'late')
  t.equal(judgeWatch(good, { streams: 50, anomalies: 50 }, BOUNDS), 'open', 'too few to judge')
  t.match(judgeWatch({ ...good, faults: 1 }, calm, BOUNDS), { outOfBounds: /1 alerts/ })
  t.equal(judgeWatch({ ...good, starts: 2 }, calm, BOUNDS), 'open')
  t.match(judgeWatch({ ...good, starts: 3 }, calm, BOUNDS), { outOfBounds: /started 3 times/ })
  const silent = { ...good, streams: 0, anomalies: 0, baselineStreams: 0, baselineAnomalies: 0 }
  t.equal(judgeWatch({ ...silent, intervals: 3 }, { streams: 0, anomalies: 0 }, BOUNDS), 'good')
})

t.test('recent rates: the last intervals and the one under way', async (t) => {
  const counts = (streams: number, anomalies: number) => ({ streams, anomalies, faults: 0 })
  const rates = new RecentRates(counts(10, 10), 2)
  t.same(rates.end(counts(110, 11)), { streams: 100, anomalies: 1 })
  rates.end(counts(210, 12))
  rates.end(counts(310, 13))
  t.same(rates.sum(counts(320, 20)), { streams: 210, anomalies: 9 })
  rates.restart(counts(320, 20))
  t.same(rates.sum(counts(330, 20)), { streams: 10, anomalies: 0 })
})
