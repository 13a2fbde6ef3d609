import type { ContextName } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import { encodeModelFile, type ModelFile } from '../../core/model-file.js'
import { VERSION } from '../../core/version.js'
import type { firsteight } from '../../generated/messages.js'
import { withoutTunnels } from '../census/tunnels.js'
import { lossesByContext, type PatternLoss } from './census-losses.js'
import { type AttackLosses, attacksFrom, type Curve, fitConfidence } from './confidence.js'
import type { CountedLosses } from './drift.js'
import { type ContextPredictions, measureGate } from './gate.js'
import type { CensusFile } from './read-census-file.js'
import { brierScore, crossPredict, reliabilityOf } from './reliability.js'
import { requireLabels } from './require-labels.js'
import {
  type BudgetThreshold,
  expectedFalseAlarms,
  overlapLimit,
  placeThreshold,
  thresholdForBudget,
} from './threshold.js'

export interface CalibrateOptions {
  /** Clean streams above the threshold, of a million; more than 0. */
  falseAlarmsPerMillion: number
  /** Lowest confidence that escalates, 0 to 1. */
  confidence: number
  /** Precision that opens the gate when its lower bound reaches it, 0 to 1. */
  requiredPrecision: number
}

/** How the options stand among the settings of a model file. */
export const CALIBRATION_SETTINGS = {
  falseAlarmsPerMillion: 'falseAlarmsPerMillion',
  confidence: 'escalationConfidence',
  requiredPrecision: 'requiredPrecision',
} as const satisfies Record<keyof CalibrateOptions, string>

export const DEFAULT_CALIBRATION: CalibrateOptions = {
  falseAlarmsPerMillion: 1,
  confidence: 0.8,
  requiredPrecision: 0.99,
}

/**
 * Gives a trained model its thresholds by a false-alarm budget, its confidence curves and its escalation gate. Clean
 * losses are those that training held out and left in the model. Equal input gives equal bytes.
 * @param attack traffic that is not DNS; each program is a label
 * @throws FirsteightError TRAINING_DATA when a context has no held-out losses, or fewer than two labels
 */
export async function calibrateModel(
  model: ModelFile,
  attack: CensusFile,
  options: CalibrateOptions = DEFAULT_CALIBRATION,
): Promise<ModelFile> {
  const sources = model.model.provenance?.sources ?? []
  if (sources.some(({ sha256, role }) => sha256 === attack.sha256 && role !== 'attack')) {
    throw unusable(attack.name, 'the model learnt from this file as clean traffic', {})
  }
  requireLabels(attack)
  const losses = await lossesByContext(model, withoutTunnels(attack.census), attack.name)
  const predictions: ContextPredictions[] = []
  const contexts = [...model.byContext].map(([name, context]) => {
    const calibrated = calibrateContext(name, context, losses.get(name) ?? [], attack.name, options)
    predictions.push({ predictions: calibrated.predictions, threshold: calibrated.context.threshold! })
    return calibrated.context
  })
  const { provenance } = model.model
  const settings = Object.entries(CALIBRATION_SETTINGS).map(([option, name]) => ({
    name,
    value: String(options[option as keyof CalibrateOptions]),
  }))
  return encodeModelFile({
    ...model.model,
    contexts,
    gate: measureGate(predictions, options.confidence, options.requiredPrecision),
    provenance: {
      ...provenance,
      toolVersion: VERSION,
      parentModelId: model.id,
      settings: [
        ...(provenance?.settings ?? []).filter(
          ({ name }) => !settings.some((setting) => setting.name === name),
        ),
        ...settings,
      ],
      sources: [
        ...sources.filter(({ role }) => role !== 'attack'),
        { name: attack.name, sha256: attack.sha256, role: 'attack' },
      ],
    },
  })
}

function calibrateContext(
  name: ContextName,
  context: firsteight.v1.ContextModel,
  rows: readonly PatternLoss[],
  file: string,
  options: CalibrateOptions,
): { context: firsteight.v1.ContextModel.$Properties; predictions: ContextPredictions['predictions'] } {
  const { calibration } = context
  if (calibration == null) {
    throw unusable(file, `${name}: the model holds no held-out clean losses`, { context: name })
  }
  const attacks = attacksOf(rows)
  const clean = countedLosses(calibration)
  const curve = fitConfidence(clean, attacks)
  const predictions = crossPredict(clean, attacks)
  const { tail: _, ...table } = calibration
  const { threshold, thresholdMethod, budget } = thresholdFor(context, table, curve, options, attacks)
  return {
    predictions,
    context: {
      ...context,
      threshold,
      thresholdMethod,
      calibration: {
        ...table,
        falseAlarmsPerMillion: options.falseAlarmsPerMillion,
        extrapolated: budget.extrapolated,
        ...(budget.tail ? { tail: budget.tail } : {}),
      },
      confidence: {
        ...curve,
        cleanPatterns: clean.counts.reduce((sum, count) => sum + count, 0),
        attackPatterns: attacks.reduce((sum, { losses }) => sum + losses.length, 0),
        attackLabels: attacks.length,
        brierScore: brierScore(predictions),
        reliability: reliabilityOf(predictions),
      },
    },
  }
}

/**
 * A context's threshold by its clean losses, a budget, and where attacks begin.
 * @param attacks undefined where only their curve is known
 */
export function thresholdFor(
  {
    threshold: before,
    highestTrainingLoss: learnt,
  }: Pick<firsteight.v1.ContextModel, 'threshold' | 'highestTrainingLoss'>,
  table: firsteight.v1.Calibration.$Properties,
  curve: Curve,
  { falseAlarmsPerMillion }: Pick<CalibrateOptions, 'falseAlarmsPerMillion'>,
  attacks?: readonly AttackLosses[],
): { threshold: number; thresholdMethod: string; budget: BudgetThreshold } {
  const clean = countedLosses(table)
  const budget = thresholdForBudget(clean, falseAlarmsPerMillion)
  const from = attacksFrom(curve)
  const limit = overlapLimit({ losses: table.losses!, counts: table.streams! })
  const { threshold, how } = placeThreshold({
    current: before,
    budget: budget.threshold,
    attacksFrom: from,
    attacks: attacks?.flatMap(({ losses }) => losses),
    limit,
    learnt,
  })
  const expected = expectedFalseAlarms(clean, budget.tail, threshold)
  const reason = {
    kept: 'kept, since it lies between the two',
    raised: 'raised to the first',
    lowered: 'lowered to stay below the second',
    gap: 'moved as near to the second as is safe, since the budget cannot be shown to be kept below it',
    overlap:
      'moved between clean losses and the attacks above them, since the second lies among clean losses',
  }[how]
  const range = from === undefined ? 'no attacks known' : `attacks begin at ${from.toFixed(6)}`
  const thresholdMethod =
    `${falseAlarmsPerMillion} false alarms of a million need at least ${budget.threshold.toFixed(6)}; ${range}; ` +
    `${before.toFixed(6)} ${reason}; expected ${expected.toPrecision(2)} of a million`
  return { threshold, thresholdMethod, budget }
}

/** What a calibration's p-value and tail count. */
export function countedLosses(calibration: firsteight.v1.Calibration.$Properties): CountedLosses {
  return {
    losses: calibration.losses!,
    counts: calibration.byStream ? calibration.streams! : calibration.patterns!,
  }
}

/** Distinct patterns of each label. */
export function attacksOf(rows: readonly PatternLoss[]): AttackLosses[] {
  const labels = new Map<string, number[]>()
  for (const { program, loss } of rows) {
    const losses = labels.get(program)
    if (losses) losses.push(loss)
    else labels.set(program, [loss])
  }
  return [...labels].map(([label, losses]) => ({ label, losses }))
}

function unusable(file: string, what: string, details: Record<string, unknown>): FirsteightError {
  return new FirsteightError('TRAINING_DATA', `${file}: ${what}`, {
    hint: 'Train on clean traffic of several programs, then calibrate with labelled traffic that is not DNS, in all four contexts.',
    details: { file, ...details },
  })
}
