import t from 'tap'
import { lossQuantile } from '../../../agent/metrics/quantile.js'

const ENDS = [1, 2, 4, 8]

t.test('quantiles are the ends of their buckets', async (t) => {
  t.equal(lossQuantile([50, 40, 9, 1], ENDS, 0.5), 1)
  t.equal(lossQuantile([50, 40, 9, 1], ENDS, 0.9), 2)
  t.equal(lossQuantile([50, 40, 9, 1], ENDS, 0.99), 4)
  t.equal(lossQuantile([50, 40, 9, 1], ENDS, 0.999), 8)
  t.equal(lossQuantile([0, 0, 0, 1], ENDS, 0.5), 8)
  t.equal(lossQuantile([0, 0, 0, 0], ENDS, 0.5), undefined)
  t.equal(lossQuantile([], ENDS, 0.5), undefined)
})
