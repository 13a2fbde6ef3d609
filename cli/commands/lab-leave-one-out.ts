import { type Command, Option } from 'commander'
import { FirsteightError } from '../../core/errors.js'
import { SERVERS, type ServerName } from '../../lab/train/hold-out-server.js'
import { type LeftOut, leaveOneOut } from '../../lab/train/leave-one-out.js'
import { readLabelled } from '../../lab/train/read-labelled.js'
import { addExamples } from '../help.js'
import { wholeNumber } from '../number-options.js'
import { createOutput } from '../output.js'
import { createProgress } from '../train-progress.js'

/** Patterns named in one line of the table; `--json` names all. */
const PATTERNS_SHOWN = 6

interface LeaveOneOutFlags {
  attack: string
  server: ServerName[]
  seed: number
  epochs?: number
  folds: boolean
  json?: true
}

/** Adds `leave-one-out` to the `lab` command. */
export function registerLabLeaveOneOut(lab: Command): void {
  const command = lab
    .command('leave-one-out')
    .description('train and calibrate without each DNS server in turn, and count false alarms on that server')
    .argument('<census>', 'census of clean traffic whose captures name the servers')
    .requiredOption('--attack <census>', 'census of other traffic: what the models are calibrated with')
    .addOption(
      new Option('--server <name...>', 'leave only these servers out, one after the other')
        .choices(SERVERS)
        .default([...SERVERS], 'all'),
    )
    .option('--seed <n>', 'as in `firsteight train`', wholeNumber(0, 2 ** 53 - 1), 1)
    .option('--epochs <n>', 'as in `firsteight train`', wholeNumber(1, 100_000))
    .option(
      '--no-folds',
      'train once for each server, and place thresholds by what was learnt instead of held-out losses: a fifth of the time',
    )
    .option('--json', 'print results as JSON lines')
    .action(runLeaveOneOut)
  addExamples(
    command,
    [
      [
        'firsteight lab leave-one-out lab/census/clean.census.tsv --attack lab/census/attack.census.tsv',
        'a whole training and calibration for each server: two hours and more',
      ],
    ],
    ['INPUT'],
  )
}

async function runLeaveOneOut(
  file: string,
  { attack, server, seed, epochs, folds, json }: LeaveOneOutFlags,
): Promise<void> {
  const output = createOutput({ json })
  const progress = createProgress(process.stderr)
  const censuses = await readLabelled(file, attack)
  const results = await leaveOneOut(censuses.clean, censuses.attack, {
    training: { seed, epochs, folds, onProgress: (step) => progress.step(step) },
    servers: server,
    onResult: (result) => {
      progress.end()
      output.line({ ...result }, lineOf(result))
    },
  })
  if (results.length === 0) {
    throw new FirsteightError('TRAINING_DATA', `${file}: expected captures of two DNS servers or more`, {
      hint: 'Give a census that `firsteight lab census` made from `firsteight lab record clean`.',
      details: { file },
    })
  }
  const totals = {
    patterns: sum(results, ({ patterns }) => patterns),
    flaggedPatterns: sum(results, ({ falseAlarms }) => falseAlarms.length),
    streams: sum(results, ({ streams }) => streams),
    falseAlarms: sum(results, ({ falseAlarms }) => sum(falseAlarms, ({ streams }) => streams)),
    escalated: sum(results, ({ falseAlarms }) =>
      sum(falseAlarms, ({ streams, escalated }) => (escalated ? streams : 0)),
    ),
  }
  output.summary(
    totals,
    `all: ${totals.flaggedPatterns} of ${totals.patterns} patterns, ${totals.falseAlarms} of ${totals.streams} streams, ${totals.escalated} escalated`,
  )
}

function lineOf({ server, context, patterns, unseen, streams, threshold, falseAlarms }: LeftOut): string {
  const flagged = sum(falseAlarms, (alarm) => alarm.streams)
  const named = falseAlarms
    .slice(0, PATTERNS_SHOWN)
    .map(({ pattern, loss, escalated }) => `${pattern} ${loss.toFixed(3)}${escalated ? ' ESCALATED' : ''}`)
  const more = falseAlarms.length > PATTERNS_SHOWN ? [`and ${falseAlarms.length - PATTERNS_SHOWN} more`] : []
  return [
    `${server.padEnd(15)}  ${context.padEnd(12)}  ${falseAlarms.length} of ${patterns} patterns (${unseen} unseen),`,
    `${flagged} of ${streams} streams above ${threshold.toFixed(4)}`,
    ...(named.length > 0 ? [`: ${[...named, ...more].join(', ')}`] : []),
  ].join(' ')
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0)
}
