import type { Command } from 'commander'
import { recordAttack, recordClean, recordDemo } from '../../lab/record/index.js'
import type { Manifest } from '../../lab/record/manifest.js'
import type { RecordOptions, RecordProgress } from '../../lab/record/recorder.js'
import { addExamples } from '../help.js'
import { createOutput } from '../output.js'
import type { CommandContext } from './command.js'

interface Flags {
  out: string
  only?: string[]
  json?: true
}

/** Adds `record clean`, `record attack` and `record demo` to the `lab` command. */
export function registerLabRecord(lab: Command, context: CommandContext): void {
  const command = lab
    .command('record')
    .description('record real programs on port 53 in network namespaces of their own (needs root)')
  const clean = command
    .command('clean')
    .description('real DNS clients and servers, a capture each: what a model learns from')
  const attack = command
    .command('attack')
    .description('programs and tunnels that are not DNS, a capture each: what a model is judged by')
  const demo = command
    .command('demo')
    .description('lookups and six things that are not DNS, as one small capture')
  addAction(clean, recordClean, context)
  addAction(attack, recordAttack, context)
  addAction(demo, recordDemo, context)
}

function addAction(
  command: Command,
  recordScenarios: (options: RecordOptions) => Promise<Manifest>,
  context: CommandContext,
): void {
  command
    .requiredOption('--out <folder>', 'folder for the captures and manifest.json; created when missing')
    .option('--only <scenario...>', "record these alone; the folder's other captures stay")
    .option('--json', 'one JSON object a line: progress, then a summary')
    .action(async (flags: Flags) => {
      const output = createOutput({ json: flags.json })
      const manifest = await recordScenarios({
        outputFolder: flags.out,
        only: flags.only,
        onProgress: (progress) => output.line({ ...progress }, progressText(progress)),
        signal: context.stopSignal(),
      })
      const packets = manifest.captures.reduce((sum, capture) => sum + capture.packets, 0)
      const captures = manifest.captures.length
      output.summary(
        { folder: flags.out, captures, packets },
        `${captures} captures, ${packets} packets in ${flags.out}`,
      )
    })
  const name = command.name()
  addExamples(
    command,
    [[`firsteight lab record ${name} --out recordings/${name}`, 'record into a folder']],
    ['INPUT', 'CAPTURE'],
  )
}

function progressText({ scenario, number, total, captures }: RecordProgress): string {
  if (captures === undefined) return `[${number}/${total}] ${scenario}`
  return captures
    .map(({ file, packets, durationSeconds }) => `      ${file}: ${packets} packets in ${durationSeconds} s`)
    .join('\n')
}
