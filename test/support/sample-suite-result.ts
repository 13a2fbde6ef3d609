import type { Figure } from '../../bench/measure.js'
import type { SuiteResult } from '../../bench/suite.js'

const figure = (name: string, perSecond: number, spread: number, ratio: number): Figure => ({
  name,
  perSecond,
  lowest: perSecond - spread,
  highest: perSecond + spread,
  ratio,
  seconds: [1 / perSecond],
})
/** One of everything that a suite can return. */
export const sampleSuiteResult = {
  comparisons: [
    {
      name: 'score',
      operation: 'scores',
      figures: [figure('simd', 4_000_000.4, 1e5, 1), figure('javascript', 500_000, 1e5, 8.000001)],
    },
  ],
  ratios: {
    scalar_vs_js: { median: 2.71111, lowest: 2, highest: 3.5 },
    path_vs_ndpi: { median: 10.5, lowest: 9, highest: 11 },
  },
  figures: { wasm_kibibytes: 15.04, cost_growth_packets: 1.4 },
  absent: [{ rival: 'tshark', reason: 'it is not installed', install: 'apt-get install tshark' }],
} satisfies SuiteResult
