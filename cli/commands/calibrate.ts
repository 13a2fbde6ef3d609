import type { Command } from 'commander'
import { DEFAULT_MODEL_PATH } from '../../core/default-model.js'
import { FirsteightError } from '../../core/errors.js'
import { type ModelFile, readModelFile } from '../../core/model-file.js'
import { writeFileWhole } from '../../core/write-file.js'
import { DEFAULT_CALIBRATION } from '../../lab/calibrate/calibrate.js'
import type { FineTuning } from '../../lab/calibrate/fine-tune-figures.js'
import { type FineTunedContext, fineTuneSite } from '../../lab/calibrate/fine-tune-site.js'
import { type CensusFile, readCensusFile } from '../../lab/calibrate/read-census-file.js'
import { calibrateSite } from '../../lab/calibrate/site.js'
import { DEFAULT_ATTACK_CENSUS, DEFAULT_CLEAN_CENSUS } from '../../lab/census/known-programs.js'
import { FINE_TUNING_EPOCHS } from '../../lab/train/fine-tune.js'
import { addExamples } from '../help.js'
import { positive, wholeNumber } from '../number-options.js'
import { createOutput } from '../output.js'
import { createProgress } from '../train-progress.js'

interface SiteFlags {
  census: string
  model: string
  out?: string
  budget: number
  fineTune?: true
  base: string
  attack: string
  epochs: number
  json?: true
}

/** Options that say how to fine-tune, and nothing without. */
const FINE_TUNING_ONLY = ['base', 'attack', 'epochs']

/** Adds `calibrate`. */
export function registerCalibrate(program: Command): void {
  const command = program
    .command('calibrate')
    .description("re-fit a model's thresholds for one site from its clean traffic; shows before and after")
    .requiredOption(
      '--census <file>',
      'census or capture of the site; all of it is taken for clean, and checked',
    )
    .option('--model <file>', 'a calibrated model', DEFAULT_MODEL_PATH)
    .option('--out <model>', "where the site's model goes; without it nothing is written")
    .option(
      '--budget <n>',
      'false alarms of a million streams',
      positive,
      DEFAULT_CALIBRATION.falseAlarmsPerMillion,
    )
    .option(
      '--fine-tune',
      'go on training the networks, too, so that they learn the site; refused where the model gets worse',
    )
    .option(
      '--base <file>',
      'with --fine-tune: clean traffic that the model knows and must not forget',
      DEFAULT_CLEAN_CENSUS,
    )
    .option(
      '--attack <file>',
      'with --fine-tune: labelled traffic that is not DNS, to measure by',
      DEFAULT_ATTACK_CENSUS,
    )
    .option(
      '--epochs <n>',
      'with --fine-tune: passes over the data',
      wholeNumber(1, 10_000),
      FINE_TUNING_EPOCHS,
    )
    .option('--json', 'print results as JSON lines')
    .action(runCalibrate)
  addExamples(
    command,
    [
      [
        'firsteight calibrate --census branch.pcap',
        'what would change, and how far the site is from the test bed',
      ],
      ['firsteight calibrate --census branch.census.tsv --out branch.model', 'the same, written'],
      [
        'firsteight calibrate --census branch.census.tsv --out branch.model --fine-tune',
        "the networks learn the site's own patterns, too",
      ],
    ],
    ['INPUT', 'MODEL', 'CHECK_FAILED'],
  )
}

async function runCalibrate(flags: SiteFlags, command: Command): Promise<void> {
  const unused = FINE_TUNING_ONLY.filter((name) => command.getOptionValueSource(name) === 'cli')
  if (!flags.fineTune && unused.length > 0) {
    throw new FirsteightError('USAGE', `--${unused[0]} goes with --fine-tune`, {
      hint: 'see firsteight calibrate --help',
    })
  }
  const output = createOutput({ json: flags.json })
  const before = await readModelFile(flags.model)
  const site = await readCensusFile(flags.census, before)
  const { model, contexts } = flags.fineTune
    ? await fineTune(before, site, flags)
    : await calibrateSite(before, site, flags.budget)
  if (flags.out !== undefined) await writeFileWhole(flags.out, model.bytes)
  for (const context of contexts) output.line({ ...context }, contextText(context))
  output.summary(
    { model: flags.out ?? null, id: model.id, parentModelId: before.id, written: flags.out !== undefined },
    flags.out === undefined
      ? 'nothing written: no --out'
      : `wrote ${flags.out}\nmodel id ${model.id}, from ${before.id}`,
  )
}

async function fineTune(before: ModelFile, site: CensusFile, { base, attack, epochs, budget }: SiteFlags) {
  const data = {
    site,
    base: await readCensusFile(base, before),
    attack: await readCensusFile(attack, before),
  }
  const progress = createProgress(process.stderr)
  try {
    return await fineTuneSite(before, data, {
      falseAlarmsPerMillion: budget,
      epochs,
      onProgress: (step) => progress.step(step),
    })
  } finally {
    progress.end()
  }
}

function contextText({
  context,
  streams,
  patterns,
  outcome,
  before,
  after,
  drift,
  highest,
  fineTuning,
}: FineTunedContext): string {
  const head = `${context}: ${streams} streams, ${patterns} patterns`
  const lines = [outcome === 'refitted' ? head : `${head}; too few streams, left as it was`]
  lines.push(
    `  threshold     ${before.threshold.toFixed(6)} before, ${after.threshold.toFixed(6)} after${outcome === 'refitted' ? `: ${after.method}${after.extrapolated ? ' (extrapolated)' : ''}` : ''}`,
    `  false alarms  ${before.falseAlarms} before, ${after.falseAlarms} after, in this census`,
  )
  if (drift) {
    lines.push(
      `  drift         PSI ${drift.psi.toFixed(3)}: ${drift.verdict}; chance alone gives ${drift.noise.toFixed(3)}`,
    )
  }
  if (fineTuning) lines.push(...fineTuningText(fineTuning))
  for (const [index, { loss, pattern, program, count }] of highest.entries()) {
    lines.push(
      `  ${index === 0 ? 'highest loss' : '            '}  ${loss.toFixed(6)}  ${pattern}  ${program} x ${count}`,
    )
  }
  return lines.join('\n')
}

function fineTuningText({ siteLoss, baseFlagged, attackPassed }: FineTuning): string[] {
  return [
    `  mean loss     ${siteLoss.before.toFixed(6)} before, ${siteLoss.after.toFixed(6)} after, of the site's streams`,
    `  known before  ${baseFlagged.before} of ${baseFlagged.patterns} patterns flagged before, ${baseFlagged.after} after`,
    `  attacks       ${attackPassed.before} of ${attackPassed.patterns} patterns pass before, ${attackPassed.after} after`,
  ]
}
