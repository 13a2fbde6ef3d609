import { confidenceOf } from '../../core/assurance.js'
import { CONTEXT_NAMES, type ContextName } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import { encodeModelFile, type ModelFile } from '../../core/model-file.js'
import { VERSION } from '../../core/version.js'
import type { firsteight } from '../../generated/messages.js'
import { MINIMUM_STREAMS } from '../train/training-data.js'
import { countedLosses, methodText } from './calibrate.js'
import { lossesByContext, type PatternLoss } from './census-losses.js'
import { attacksFrom } from './confidence.js'
import { tabulate } from './conformal.js'
import { type Drift, driftBetween } from './drift.js'
import { type CensusFile, rowLine } from './read-census-file.js'
import { expectedFalseAlarms, placeThreshold, thresholdForBudget } from './threshold.js'

/** From this confidence on a pattern is more likely not DNS than DNS: it must not become a site's normal. */
const CONTAMINATED = 0.5

/** How many of the highest losses are told. */
const HIGHEST = 5

/** One context before and after. */
export interface SiteContext {
  context: ContextName
  streams: number
  patterns: number
  /** `too few streams`: left as it was. */
  outcome: 'refitted' | 'too few streams'
  /** Streams of the census above the threshold count as false alarms. */
  before: { threshold: number; falseAlarms: number }
  after: { threshold: number; falseAlarms: number; extrapolated: boolean; method: string }
  drift: Drift | undefined
  /** Highest losses first. */
  highest: PatternLoss[]
}

/**
 * Re-fits a calibrated model's thresholds and p-values for one site. Confidence and gate stay as they were.
 * @throws FirsteightError TRAINING_DATA when the census is contaminated, too small, known as training data or attack, or
 *   leaves out bits that the model reads; MODEL_UNSUPPORTED when the model states no confidence
 */
export async function calibrateSite(
  model: ModelFile,
  site: CensusFile,
  falseAlarmsPerMillion: number,
): Promise<{ model: ModelFile; contexts: SiteContext[] }> {
  refuseKnown(model, site)
  const losses = await lossesByContext(model, site.census, site.name)
  refuseContaminated(model, site, losses)
  const reports: SiteContext[] = []
  const contexts = [...model.byContext].map(([name, context]) => {
    const rows = losses.get(name) ?? []
    const fitted =
      streamsOf(rows) >= MINIMUM_STREAMS ? refit(context, rows, falseAlarmsPerMillion) : undefined
    reports.push(reportOf(name, context, fitted, rows))
    return fitted ?? context
  })
  if (reports.every(({ outcome }) => outcome !== 'refitted')) {
    const counts = reports.map(({ context, streams }) => `${context} ${streams}`).join(', ')
    throw refused(
      site.name,
      `too few streams (${counts}), expected at least ${MINIMUM_STREAMS} in a context`,
      {
        hint: 'Count the site for longer.',
      },
    )
  }
  const { provenance, version } = model.model
  const fitted = encodeModelFile({
    ...model.model,
    version: version + 1,
    contexts,
    provenance: {
      ...provenance,
      toolVersion: VERSION,
      parentModelId: model.id,
      sources: [
        ...(provenance?.sources ?? []).filter(({ role }) => role !== 'site'),
        { name: site.name, sha256: site.sha256, role: 'site' },
      ],
    },
  })
  return { model: fitted, contexts: reports }
}

/** What a report needs of a context. */
type FittedContext = firsteight.v1.ContextModel.$Properties & { threshold: number; thresholdMethod: string }

function refit(
  context: firsteight.v1.ContextModel,
  rows: readonly PatternLoss[],
  falseAlarmsPerMillion: number,
): FittedContext {
  const table = tabulate(rows.map(({ loss, count }) => ({ loss, patterns: 1, streams: count })))
  const clean = { losses: table.losses, counts: table.streams }
  const budget = thresholdForBudget(clean, falseAlarmsPerMillion)
  const { losses, probabilities } = context.confidence!
  const from = attacksFrom({ losses: losses!, probabilities: probabilities! })
  const { threshold, how } = placeThreshold(context.threshold, budget.threshold, from)
  const expected = expectedFalseAlarms(clean, budget.tail, threshold)
  return {
    ...context,
    threshold,
    thresholdMethod: methodText(context.threshold, budget.threshold, from, how, expected, {
      falseAlarmsPerMillion,
    }),
    calibration: {
      ...table,
      falseAlarmsPerMillion,
      extrapolated: budget.extrapolated,
      byStream: true,
      ...(budget.tail ? { tail: budget.tail } : {}),
    },
  }
}

function reportOf(
  name: ContextName,
  before: firsteight.v1.ContextModel,
  fitted: FittedContext | undefined,
  rows: readonly PatternLoss[],
): SiteContext {
  const after: FittedContext = fitted ?? before
  const above = (threshold: number) => streamsOf(rows.filter(({ loss }) => loss > threshold))
  return {
    context: name,
    streams: streamsOf(rows),
    patterns: new Set(rows.map(({ pattern }) => pattern)).size,
    outcome: fitted ? 'refitted' : 'too few streams',
    before: { threshold: before.threshold, falseAlarms: above(before.threshold) },
    after: {
      threshold: after.threshold,
      falseAlarms: above(after.threshold),
      extrapolated: after.calibration?.extrapolated ?? false,
      method: after.thresholdMethod,
    },
    drift: driftOf(before, rows),
    highest: [...rows].sort((a, b) => b.loss - a.loss).slice(0, HIGHEST),
  }
}

/** Against the calibration that the model came with, counting as it counts. */
function driftOf(
  { calibration, threshold }: firsteight.v1.ContextModel,
  rows: readonly PatternLoss[],
): Drift | undefined {
  if (calibration == null || rows.length === 0) return undefined
  const counts = rows.map(({ count }) => (calibration.byStream ? count : 1))
  return driftBetween(countedLosses(calibration), { losses: rows.map(({ loss }) => loss), counts }, threshold)
}

function refuseKnown(model: ModelFile, site: CensusFile): void {
  const known = model.model.provenance?.sources?.find(({ sha256 }) => sha256 === site.sha256)
  if (known?.role === 'attack') {
    throw refused(site.name, 'contradictory: the model knows this file as traffic that is not DNS', {
      hint: 'Give a census of clean traffic of the site.',
    })
  }
  if (known?.role === 'training') {
    throw refused(
      site.name,
      'the model learnt from this file, so its losses there are too low to set a threshold by',
      {
        hint: 'Give a census that the model has not seen.',
      },
    )
  }
}

function refuseContaminated(
  model: ModelFile,
  site: CensusFile,
  losses: ReadonlyMap<ContextName, PatternLoss[]>,
): void {
  const patterns = CONTEXT_NAMES.flatMap((context) => {
    const fitted = model.byContext.get(context)
    return (losses.get(context) ?? []).flatMap((row) => {
      const confidence = confidenceOf(fitted ?? {}, row.loss)
      if (confidence === undefined) {
        throw new FirsteightError(
          'MODEL_UNSUPPORTED',
          `model ${model.model.name}: ${context} states no confidence, so contamination cannot be told`,
          {
            hint: 'Calibrate the model first: `firsteight lab calibrate`.',
            details: { context },
          },
        )
      }
      if (confidence < CONTAMINATED) return []
      return [{ context, ...row, confidence, line: rowLine(site, context, row, fitted!.inputMask) }]
    })
  })
  if (patterns.length === 0) return
  const streams = streamsOf(patterns)
  const [first] = patterns
  const place = first!.line === undefined ? site.name : `${site.name}: line ${first!.line}`
  throw refused(
    place,
    `${first!.context} ${first!.pattern} of ${first!.program} is not DNS with confidence ${first!.confidence.toFixed(3)}; ` +
      `${patterns.length} such patterns in ${streams} streams: ${patterns
        .map(({ context, pattern, count }) => `${context} ${pattern} x ${count}`)
        .slice(0, 20)
        .join(', ')}${patterns.length > 20 ? ', ...' : ''}`,
    {
      hint: 'Take what is not DNS out of the census. If it is DNS, train with the census added to the default one: a threshold cannot help.',
      details: { patterns },
    },
  )
}

function streamsOf(rows: readonly PatternLoss[]): number {
  return rows.reduce((sum, { count }) => sum + count, 0)
}

function refused(
  place: string,
  what: string,
  { hint, details = {} }: { hint: string; details?: Record<string, unknown> },
): FirsteightError {
  return new FirsteightError('TRAINING_DATA', `${place}: ${what}`, { hint, details: { place, ...details } })
}
