import t from 'tap'
import { comparisonText, summaryOf } from '../../bench/print.js'

const comparison = {
  name: 'score',
  figures: [
    { name: 'simd', perSecond: 4_000_000.4, lowest: 3_900_000, highest: 4_100_000, ratio: 1 },
    { name: 'javascript', perSecond: 500_000, lowest: 400_000, highest: 600_000, ratio: 8.000001 },
  ],
}

t.test('a line for each alternative', async (t) => {
  t.equal(
    comparisonText(comparison, 'scores'),
    [
      'score: time ratio, million scores a second (lowest to highest round)',
      '  simd           1.00  4.000 (3.900 to 4.100)',
      '  javascript     8.00  0.500 (0.400 to 0.600)',
    ].join('\n'),
  )
})

t.test('the summary has plain numbers', async (t) => {
  t.same(summaryOf([comparison]), {
    ratios: { 'score/simd': 1, 'score/javascript': 8 },
    figures: { 'score/simd': 4_000_000, 'score/javascript': 500_000 },
  })
})
