import type { Command } from 'commander'
import { type ModelFile, readModelFile } from '../../core/model-file.js'
import { writeFileWhole } from '../../core/write-file.js'
import { calibrateModel, DEFAULT_CALIBRATION } from '../../lab/calibrate/calibrate.js'
import { leaveLabelsOut } from '../../lab/calibrate/labels-left-out.js'
import { readCensusFile } from '../../lab/calibrate/read-census-file.js'
import { addExamples } from '../help.js'
import { cardFacts } from '../model-card/facts.js'
import { positive, share } from '../number-options.js'
import { createOutput } from '../output.js'

interface CalibrateFlags {
  model: string
  attack: string
  out: string
  budget: number
  confidence: number
  precision: number
  leaveLabelsOut?: true
  json?: true
}

/** Adds `calibrate` to the `lab` command. */
export function registerLabCalibrate(lab: Command): void {
  const { falseAlarmsPerMillion, confidence, requiredPrecision } = DEFAULT_CALIBRATION
  const command = lab
    .command('calibrate')
    .description(
      'give a trained model its thresholds by a false-alarm budget, its confidence and its escalation gate',
    )
    .requiredOption('--model <file>', 'a model as `firsteight train` made it, with its held-out clean losses')
    .requiredOption('--attack <census>', 'labelled traffic that is not DNS; each program of it is a label')
    .requiredOption('--out <model>', 'where the calibrated model goes')
    .option('--budget <n>', 'false alarms of a million clean streams', positive, falseAlarmsPerMillion)
    .option('--confidence <c>', 'lowest confidence that escalates', share, confidence)
    .option('--precision <p>', 'precision that the gate needs, as a lower bound', share, requiredPrecision)
    .option(
      '--leave-labels-out',
      'count what would pass of each label if it were not known when the thresholds were placed',
    )
    .option('--json', 'print results as JSON lines')
    .action(runLabCalibrate)
  addExamples(
    command,
    [
      [
        'firsteight lab calibrate --model trained.model --attack attack.census.tsv --out site.model',
        'the same files give the same bytes',
      ],
    ],
    ['INPUT', 'MODEL'],
  )
}

async function runLabCalibrate(flags: CalibrateFlags): Promise<void> {
  const output = createOutput({ json: flags.json })
  const trained = await readModelFile(flags.model)
  const attack = await readCensusFile(flags.attack, trained)
  const model: ModelFile = await calibrateModel(trained, attack, {
    falseAlarmsPerMillion: flags.budget,
    confidence: flags.confidence,
    requiredPrecision: flags.precision,
  })
  await writeFileWhole(flags.out, model.bytes)
  const facts = cardFacts(model)
  for (const { context, threshold, thresholdMethod, calibration, confidence } of facts.contexts) {
    const { attackPatterns, attackLabels, cleanPatterns, brierScore } = confidence!
    output.line(
      { context, threshold, thresholdMethod, calibration, confidence },
      `${context}\n  threshold   ${threshold.toFixed(6)}: ${thresholdMethod}\n` +
        `  confidence  from ${cleanPatterns} clean patterns and ${attackPatterns} of ${attackLabels} labels that are not DNS; Brier score ${brierScore.toFixed(4)}`,
    )
  }
  if (flags.leaveLabelsOut) {
    for (const { context, patterns, missed } of await leaveLabelsOut(trained, attack, {
      falseAlarmsPerMillion: flags.budget,
    })) {
      const passing = Object.values(missed).reduce((sum, count) => sum + count, 0)
      const labels = Object.entries(missed).map(([label, count]) => `${label} ${count}`)
      output.line(
        { context, patternsOfLabelsLeftOut: patterns, missed },
        `${context}: of ${patterns} patterns ${passing} pass while their label is left out${labels.length > 0 ? `: ${labels.join(', ')}` : ''}`,
      )
    }
  }
  const { open, alerts, correctAlerts, precisionLowerBound, confidence, requiredPrecision } = facts.gate!
  output.summary(
    { model: flags.out, id: model.id, bytes: model.bytes.length, gate: facts.gate },
    `gate ${open ? 'open' : 'closed'}: ${correctAlerts} of ${alerts} labelled patterns with confidence ${confidence} or more were not DNS, ` +
      `at least ${precisionLowerBound.toFixed(4)} of such alerts; required ${requiredPrecision}\nwrote ${flags.out}\nmodel id ${model.id}`,
  )
}
