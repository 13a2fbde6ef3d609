import { type Command, Option } from 'commander'
import { Kernel } from '../../core/kernel.js'
import { measure, type Outcome } from '../../lab/ablations/measure.js'
import { Networks } from '../../lab/ablations/networks.js'
import { rivals } from '../../lab/ablations/rivals.js'
import { SERVERS } from '../../lab/train/hold-out-server.js'
import { readLabelled } from '../../lab/train/read-labelled.js'
import { DEFAULT_BOTTLENECK, DEFAULT_EPOCHS, DEFAULT_HIDDEN } from '../../lab/train/train.js'
import { TrainingKernel } from '../../lab/train/training-kernel.js'
import { addExamples } from '../help.js'
import { createOutput } from '../output.js'

interface AblationFlags {
  clean: string
  attack: string
  server: string[]
  json?: true
}

/** Adds `ablations` to the `lab` command. */
export function registerLabAblations(lab: Command): void {
  const command = lab
    .command('ablations')
    .description('compare the autoencoder with itself less one part each, and with simpler detectors')
    .requiredOption('--clean <census>', 'census of clean traffic: what all of them learn from')
    .requiredOption('--attack <census>', 'census of other traffic: what they are to flag')
    .addOption(
      new Option('--server <name...>', 'leave only these servers out, one after the other')
        .choices(SERVERS)
        .default([...SERVERS], 'all'),
    )
    .option('--json', 'print results as JSON lines')
    .action(runAblations)
  addExamples(
    command,
    [
      [
        'firsteight lab ablations --clean lab/census/clean.census.tsv --attack lab/census/attack.census.tsv',
        'nine trainings for each of seven networks; half an hour',
      ],
    ],
    ['INPUT'],
  )
}

async function runAblations({ clean, attack, server, json }: AblationFlags): Promise<void> {
  const output = createOutput({ json })
  const labelled = await readLabelled(clean, attack)
  const settings = {
    hidden: DEFAULT_HIDDEN,
    bottleneck: DEFAULT_BOTTLENECK,
    epochs: DEFAULT_EPOCHS,
    seed: 1,
  }
  const networks = new Networks(await TrainingKernel.load(), await Kernel.load({ seed: 0 }), settings)
  const approaches = [...networks.approaches(), ...rivals()]
  for (const approach of approaches) {
    const outcome = await measure(approach, labelled.clean.census, labelled.attack.census, server)
    output.line({ ...outcome }, lineOf(outcome))
  }
  output.summary(
    { approaches: approaches.length, servers: server },
    `${approaches.length} detectors; left out in turn: ${server.join(', ')}`,
  )
}

function lineOf(outcome: Outcome): string {
  const labels = Object.entries(outcome.missedLabels)
    .sort(([, left], [, right]) => right - left)
    .map(([label, count]) => `${label} ${count}`)
  return [
    `${outcome.approach.padEnd(28)}  ${outcome.falseAlarmPatterns} patterns, ${outcome.falseAlarmStreams} streams of servers left out flagged;`,
    `${outcome.missed} of ${outcome.attackPatterns} attack patterns missed, ${outcome.missedAtNoFalseAlarm} at no false alarm`,
    ...(labels.length > 0 ? [`(${labels.slice(0, 6).join(', ')})`] : []),
  ].join(' ')
}
