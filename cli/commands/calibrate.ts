import type { Command } from 'commander'
import { DEFAULT_MODEL_PATH } from '../../core/default-model.js'
import { readModelFile } from '../../core/model-file.js'
import { writeFileWhole } from '../../core/write-file.js'
import { DEFAULT_CALIBRATION } from '../../lab/calibrate/calibrate.js'
import { readCensusFile } from '../../lab/calibrate/read-census-file.js'
import { calibrateSite, type SiteContext } from '../../lab/calibrate/site.js'
import { addExamples } from '../help.js'
import { createOutput } from '../output.js'
import { positive } from './lab-calibrate.js'

interface SiteFlags {
  census: string
  model: string
  out?: string
  budget: number
  json?: true
}

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
    ],
    ['INPUT', 'MODEL'],
  )
}

async function runCalibrate(flags: SiteFlags): Promise<void> {
  const output = createOutput({ json: flags.json })
  const before = await readModelFile(flags.model)
  const site = await readCensusFile(flags.census, before)
  const { model, contexts } = await calibrateSite(before, site, flags.budget)
  if (flags.out !== undefined) await writeFileWhole(flags.out, model.bytes)
  for (const context of contexts) output.line({ ...context }, contextText(context))
  output.summary(
    { model: flags.out ?? null, id: model.id, parentModelId: before.id, written: flags.out !== undefined },
    flags.out === undefined
      ? 'nothing written: no --out'
      : `wrote ${flags.out}\nmodel id ${model.id}, from ${before.id}`,
  )
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
}: SiteContext): string {
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
  for (const [index, { loss, pattern, program, count }] of highest.entries()) {
    lines.push(
      `  ${index === 0 ? 'highest loss' : '            '}  ${loss.toFixed(6)}  ${pattern}  ${program} x ${count}`,
    )
  }
  return lines.join('\n')
}
