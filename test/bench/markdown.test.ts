import t from 'tap'
import { markdownOf } from '../../bench/markdown.js'
import { sampleSuiteResult as result } from '../support/sample-suite-result.js'

t.test('the Markdown document has machine, ratios, rates and figures', async (t) => {
  const text = markdownOf({ node: 'v20' }, 'npm run bench', { kernel: result, live: { comparisons: [] } })
  for (const line of [
    '| node | v20 |',
    '| `scalar_vs_js` | scalar kernel, tuned JavaScript | 2.71 (2 to 3.5) | misses 3 |',
    '| `path_vs_ndpi` | packets per CPU-second without memo, ndpiReader -q | 10.5 (9 to 11) | reaches 10 |',
    'tshark is left out: it is not installed. To have it: apt-get install tshark',
    '## kernel',
    '| javascript | 8.00 | 0.500 (0.400 to 0.600) |',
    '| `wasm_kibibytes` | 15.04 |  |',
    '| `cost_growth_packets` | 1.4 | misses 1.3 |',
    '## live',
  ]) {
    t.ok(text.split('\n').includes(line), line)
  }
})
