import t from 'tap'
import { absentText, comparisonText, figuresText, ratiosText, summaryOf } from '../../bench/print.js'
import { sampleSuiteResult as result } from '../support/sample-suite-result.js'

t.test('a line for each alternative', async (t) => {
  t.equal(
    comparisonText(result.comparisons[0]!),
    [
      'score: time ratio, million scores a second (lowest to highest round)',
      '  simd           1.00  4.000 (3.900 to 4.100)',
      '  javascript     8.00  0.500 (0.400 to 0.600)',
    ].join('\n'),
  )
})

t.test('a line for each ratio says whether it reaches its target', async (t) => {
  t.equal(
    ratiosText(result.ratios),
    ['  scalar_vs_js  2.71 (2 to 3.5), misses 3', '  path_vs_ndpi  10.5 (9 to 11), reaches 10'].join('\n'),
  )
})

t.test('a line for each figure, with its target where it has one', async (t) => {
  t.equal(
    figuresText(result.figures),
    ['  wasm_kibibytes       15.04', '  cost_growth_packets  1.4, misses 1.3'].join('\n'),
  )
})

t.test('a rival that is absent is named with how to have it', async (t) => {
  t.equal(
    absentText(result.absent[0]!),
    'tshark is left out: it is not installed. To have it: apt-get install tshark',
  )
})

t.test('the summary has plain numbers', async (t) => {
  t.same(summaryOf([result, { comparisons: [] }]), {
    ratios: { scalar_vs_js: 2.711, path_vs_ndpi: 10.5 },
    figures: {
      'score/simd': 4_000_000,
      'score/javascript': 500_000,
      wasm_kibibytes: 15.04,
      cost_growth_packets: 1.4,
    },
  })
})
