import { parseArgs } from 'node:util'
import { textTable } from '../../cli/text-table.js'
import { BROKER_NAMES, brokerName } from '../support/brokers.js'
import { type Outcome, runSuite, SUITES } from './suite.js'

/**
 * The suites of a fleet's life, unchanged, on each broker: npm run test:brokers -- [--only mosquitto,aedes,nats]
 * [--suites NAME,...] [--quick] [--seed N]. `--quick`: the suites that take least, on the brokers that are not
 * Mosquitto, as CI does it. The table says what passed; the last line, what failed.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    suites: { type: 'string' },
    quick: { type: 'boolean', default: false },
    seed: { type: 'string', default: `${Math.floor(Math.random() * 2 ** 32)}` },
  },
})
const brokers =
  values.only?.split(',').map(brokerName) ??
  BROKER_NAMES.filter((name) => !values.quick || name !== 'mosquitto')
const wanted = values.suites?.split(',')
const suites = SUITES.filter(({ name, isQuick }) => wanted?.includes(name) ?? (!values.quick || isQuick))
if (suites.length === 0)
  throw new Error(`no suite of that name; there are ${SUITES.map(({ name }) => name).join(', ')}`)

console.log(`again with: npm run test:brokers -- --seed ${values.seed}`)
const failures: string[] = []
const rows: string[][] = []
for (const suite of suites) {
  const row = [suite.name]
  for (const broker of brokers) {
    const outcome = await runSuite(suite, broker, values.seed)
    row.push(cell(outcome))
    console.log(`${suite.name} on ${broker}: ${cell(outcome)}`)
    if (outcome.problem === undefined) continue
    failures.push(`${suite.name} on ${broker}: ${outcome.problem}`)
    console.log(outcome.output)
  }
  rows.push(row)
}
const left = [...brokers.keys(), brokers.length]
console.log(`\n${textTable({ heading: ['suite', ...brokers], rows, left })}`)
console.log(
  failures.length === 0
    ? `0 failures, seed ${values.seed}`
    : `FAILED: ${failures.join('; ')}; seed ${values.seed}`,
)
process.exitCode = failures.length === 0 ? 0 : 1

function cell({ summary, seconds, problem }: Outcome): string {
  return `${problem === undefined ? '' : 'FAILED, '}${summary}, ${seconds} s`
}
