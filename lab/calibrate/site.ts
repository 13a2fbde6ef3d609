import type { ContextName } from '../../core/contexts.js'
import { encodeModelFile, type ModelFile } from '../../core/model-file.js'
import { VERSION } from '../../core/version.js'
import type { firsteight } from '../../generated/messages.js'
import { countedLosses, thresholdFor } from './calibrate.js'
import type { PatternLoss } from './census-losses.js'
import { checkSite, isEnough, streamsOf } from './check-site.js'
import { tabulate } from './conformal.js'
import { type Drift, driftBetween } from './drift.js'
import type { CensusFile } from './read-census-file.js'

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
 * @throws FirsteightError those of checkSite
 */
export async function calibrateSite(
  model: ModelFile,
  site: CensusFile,
  falseAlarmsPerMillion: number,
): Promise<{ model: ModelFile; contexts: SiteContext[] }> {
  const losses = await checkSite(model, site)
  const reports: SiteContext[] = []
  const contexts = [...model.byContext].map(([name, context]) => {
    const rows = losses.get(name) ?? []
    const fitted = isEnough(rows) ? refit(context, rows, falseAlarmsPerMillion) : undefined
    reports.push(reportOf(name, context, fitted, rows))
    return fitted ?? context
  })
  const { provenance, version } = model.model
  const fitted = encodeModelFile({
    ...model.model,
    version: version + 1,
    contexts,
    provenance: {
      ...provenance,
      toolVersion: VERSION,
      parentModelId: model.id,
      sources: sourcesWith(provenance?.sources, 'site', [site]),
    },
  })
  return { model: fitted, contexts: reports }
}

/** A model's sources with these in the place of those that had the role. */
export function sourcesWith(
  sources: firsteight.v1.Source.$Properties[] | null | undefined,
  role: string,
  files: readonly CensusFile[],
): firsteight.v1.Source.$Properties[] {
  return [
    ...(sources ?? []).filter((source) => source.role !== role),
    ...files.map(({ name, sha256 }) => ({ name, sha256, role })),
  ]
}

/** What a report needs of a context. */
type FittedContext = firsteight.v1.ContextModel.$Properties & { threshold: number; thresholdMethod: string }

/** A context with threshold, p-values and tail by the losses of one site's streams. */
export function refit(
  context: firsteight.v1.ContextModel,
  rows: readonly PatternLoss[],
  falseAlarmsPerMillion: number,
): FittedContext {
  const table = tabulate(rows.map(({ loss, count }) => ({ loss, patterns: 1, streams: count })))
  const { losses, probabilities } = context.confidence!
  const { threshold, thresholdMethod, budget } = thresholdFor(
    context,
    { ...table, byStream: true },
    { losses: losses!, probabilities: probabilities! },
    { falseAlarmsPerMillion },
  )
  return {
    ...context,
    threshold,
    thresholdMethod,
    calibration: {
      ...table,
      falseAlarmsPerMillion,
      extrapolated: budget.extrapolated,
      byStream: true,
      ...(budget.tail ? { tail: budget.tail } : {}),
    },
  }
}

/**
 * @param fitted undefined where the context was left as it was
 * @param rows by the context as it was
 * @param rowsAfter by the context as it is; the same unless its network changed
 */
export function reportOf(
  name: ContextName,
  before: firsteight.v1.ContextModel,
  fitted: FittedContext | undefined,
  rows: readonly PatternLoss[],
  rowsAfter = rows,
): SiteContext {
  const after: FittedContext = fitted ?? before
  const above = (losses: readonly PatternLoss[], threshold: number) =>
    streamsOf(losses.filter(({ loss }) => loss > threshold))
  return {
    context: name,
    streams: streamsOf(rows),
    patterns: new Set(rows.map(({ pattern }) => pattern)).size,
    outcome: fitted ? 'refitted' : 'too few streams',
    before: { threshold: before.threshold, falseAlarms: above(rows, before.threshold) },
    after: {
      threshold: after.threshold,
      falseAlarms: above(rowsAfter, after.threshold),
      extrapolated: after.calibration?.extrapolated ?? false,
      method: after.thresholdMethod,
    },
    drift: driftOf(before, rows),
    highest: [...rowsAfter].sort((a, b) => b.loss - a.loss).slice(0, HIGHEST),
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
