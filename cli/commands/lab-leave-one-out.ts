import type { Command } from 'commander'
import { FirsteightError } from '../../core/errors.js'
import { type LeftOut, leaveOneOut } from '../../lab/train/leave-one-out.js'
import { readTrainingInput } from '../../lab/train/read-sources.js'
import { DEFAULT_BOTTLENECK, DEFAULT_EPOCHS, DEFAULT_HIDDEN } from '../../lab/train/train.js'
import { addExamples } from '../help.js'
import { createOutput } from '../output.js'

/** Patterns named in one line of the table; `--json` names all. */
const PATTERNS_SHOWN = 6

/** Adds `leave-one-out` to the `lab` command. */
export function registerLabLeaveOneOut(lab: Command): void {
  const command = lab
    .command('leave-one-out')
    .description('train without each DNS server in turn, and count false alarms on that server')
    .argument('<census>', 'census of clean traffic whose captures name the servers')
    .option('--json', 'print results as JSON lines')
    .action(runLeaveOneOut)
  addExamples(
    command,
    [['firsteight lab leave-one-out lab/census/clean.census.tsv', 'eight servers; some minutes']],
    ['INPUT'],
  )
}

async function runLeaveOneOut(file: string, flags: { json?: true }): Promise<void> {
  const output = createOutput({ json: flags.json })
  const { censuses } = await readTrainingInput([file])
  const settings = {
    hidden: DEFAULT_HIDDEN,
    bottleneck: DEFAULT_BOTTLENECK,
    epochs: DEFAULT_EPOCHS,
    seed: 1,
  }
  const results = await leaveOneOut(censuses[0]!, settings, {
    onResult: (result) => output.line({ ...result }, lineOf(result)),
  })
  if (results.length === 0) {
    throw new FirsteightError('TRAINING_DATA', `${file}: expected captures of two DNS servers or more`, {
      hint: 'Give a census that `firsteight lab census` made from `firsteight lab record clean`.',
    })
  }
  const streams = sum(results, (result) => result.streams)
  const falseAlarms = sum(results, (result) => sum(result.falseAlarms, (alarm) => alarm.streams))
  const patterns = sum(results, (result) => result.patterns)
  const flagged = sum(results, (result) => result.falseAlarms.length)
  output.summary(
    { patterns, flaggedPatterns: flagged, streams, falseAlarms },
    `all: ${flagged} of ${patterns} patterns, ${falseAlarms} of ${streams} streams`,
  )
}

function lineOf({ server, context, patterns, unseen, streams, threshold, falseAlarms }: LeftOut): string {
  const flagged = sum(falseAlarms, (alarm) => alarm.streams)
  const named = falseAlarms
    .slice(0, PATTERNS_SHOWN)
    .map(({ pattern, loss }) => `${pattern} ${loss.toFixed(3)}`)
  const more = falseAlarms.length > PATTERNS_SHOWN ? [`and ${falseAlarms.length - PATTERNS_SHOWN} more`] : []
  return [
    `${server.padEnd(13)}  ${context.padEnd(12)}  ${falseAlarms.length} of ${patterns} patterns (${unseen} unseen),`,
    `${flagged} of ${streams} streams above ${threshold.toFixed(4)}`,
    ...(named.length > 0 ? [`: ${[...named, ...more].join(', ')}`] : []),
  ].join(' ')
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0)
}
