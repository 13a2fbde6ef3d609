import { Command } from 'commander'
import { DEFAULT_MODEL_PATH } from '../core/default-model.js'
import { readModelFile } from '../core/model-file.js'
import { writeFileWhole } from '../core/write-file.js'
import { describeMachine } from './machine.js'
import { markdownOf } from './markdown.js'
import { absentText, comparisonText, figuresText, ratiosText, summaryOf } from './print.js'
import type { SuiteResult } from './suite.js'
import { SUITES } from './suites.js'

const names = Object.keys(SUITES)
const program = new Command('npm run bench --')
  .description('Measures firsteight beside other ways to do the same, in turn, in one run.')
  .option('--filter <suite>', `run only suites whose name contains this: ${names.join(', ')}`, '')
  .option('--quick', 'few and short rounds: rough figures, under a minute a suite', false)
  .option('--json', 'JSON lines; the last one is {"summary": {"ratios": {...}, "figures": {...}}}', false)
  .option('--markdown <file>', 'write the results to this file, too, as Markdown')
  .option('--model <file>', 'the network to measure', DEFAULT_MODEL_PATH)
  .addHelpText(
    'after',
    `\nSuites:\n${names.map((name) => `  ${name.padEnd(10)}${SUITES[name]!.about}`).join('\n')}`,
  )
  .parse()
const options = program.opts<{
  filter: string
  quick: boolean
  json: boolean
  markdown?: string
  model: string
}>()

const wanted = names.filter((name) => name.includes(options.filter))
if (wanted.length === 0) {
  program.error(`no suite matches ${options.filter}; there are: ${names.join(', ')}`, { exitCode: 2 })
}

const model = await readModelFile(options.model)
const machine = { ...describeMachine(), model: model.id }
say(
  { machine },
  Object.entries(machine)
    .map(([key, value]) => `${key}: ${value}`)
    .join('\n'),
)

const results: Record<string, SuiteResult> = {}
for (const name of wanted) {
  const suite = await SUITES[name]!.load()
  const progress = (text: string) => process.stderr.write(`${name}: ${text}\n`)
  const result = await suite.run({ model, quick: options.quick, progress })
  results[name] = result
  for (const comparison of result.comparisons) {
    say({ suite: name, ...comparison }, `\n${comparisonText(comparison)}`)
  }
  for (const absent of result.absent ?? []) say({ suite: name, absent }, `\n${absentText(absent)}`)
  if (result.ratios !== undefined)
    say({ suite: name, ratios: result.ratios }, `\n${ratiosText(result.ratios)}`)
  if (result.figures !== undefined)
    say({ suite: name, figures: result.figures }, `\n${figuresText(result.figures)}`)
}
if (options.markdown !== undefined) {
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ')
  await writeFileWhole(options.markdown, markdownOf(machine, command, results))
}
if (options.json) console.log(JSON.stringify({ summary: summaryOf(Object.values(results)) }))

function say(line: object, text: string): void {
  console.log(options.json ? JSON.stringify(line) : text)
}
