import { parseArgs } from 'node:util'
import { DEFAULT_MODEL_PATH } from '../core/default-model.js'
import { readModelFile } from '../core/model-file.js'
import { describeMachine } from './machine.js'
import { comparisonText, summaryOf } from './print.js'
import type { Comparison, Suite } from './suite.js'
import { decodeSuite } from './suites/decode.js'
import { scoreSuite } from './suites/score.js'

// npm run bench -- [--json] [--quick] [--filter SUITE] [--model FILE]
const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    filter: { type: 'string' },
    model: { type: 'string' },
  },
})
const all: Suite[] = [scoreSuite, decodeSuite]
const suites = all.filter(({ name }) => name.includes(values.filter ?? ''))
if (suites.length === 0) {
  throw new Error(`no suite matches ${values.filter}; there are: ${all.map(({ name }) => name).join(', ')}`)
}

const model = await readModelFile(values.model ?? DEFAULT_MODEL_PATH)
const machine = { ...describeMachine(), model: model.id }
if (values.json) console.log(JSON.stringify({ machine }))
else
  console.log(
    Object.entries(machine)
      .map(([key, value]) => `${key}: ${value}`)
      .join('\n'),
  )

const comparisons: Comparison[] = []
for (const suite of suites) {
  for (const comparison of await suite.run({ model, quick: values.quick === true })) {
    comparisons.push(comparison)
    if (values.json)
      console.log(JSON.stringify({ suite: suite.name, operation: suite.operation, ...comparison }))
    else console.log(`\n${comparisonText(comparison, suite.operation)}`)
  }
}
if (values.json) console.log(JSON.stringify({ summary: summaryOf(comparisons) }))
