import { confidenceOf } from '../../core/assurance.js'
import { CONTEXT_NAMES, type ContextName } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import type { ModelFile } from '../../core/model-file.js'
import { MINIMUM_STREAMS } from '../train/training-data.js'
import { lossesByContext, type PatternLoss } from './census-losses.js'
import { type CensusFile, rowLine } from './read-census-file.js'

/** From this confidence on a pattern is more likely not DNS than DNS: it must not become a site's normal. */
const CONTAMINATED = 0.5

/**
 * The losses of a site's census, if a model may be fitted to it.
 * @returns by context; those that the census lacks are absent
 * @throws FirsteightError TRAINING_DATA when the census is contaminated, too small, known as training data or attack, or
 *   leaves out bits that the model reads; MODEL_UNSUPPORTED when the model states no confidence
 */
export async function checkSite(
  model: ModelFile,
  site: CensusFile,
): Promise<Map<ContextName, PatternLoss[]>> {
  refuseKnown(model, site)
  const losses = await lossesByContext(model, site.census, site.name)
  refuseContaminated(model, site, losses)
  if (![...losses.values()].some(isEnough)) {
    const counts = CONTEXT_NAMES.map((context) => `${context} ${streamsOf(losses.get(context) ?? [])}`)
    throw refused(
      site.name,
      `too few streams (${counts.join(', ')}), expected at least ${MINIMUM_STREAMS} in a context`,
      { hint: 'Count the site for longer.' },
    )
  }
  return losses
}

/** Whether a context has streams enough to show what is usual at a site. */
export function isEnough(rows: readonly PatternLoss[]): boolean {
  return streamsOf(rows) >= MINIMUM_STREAMS
}

export function streamsOf(rows: readonly PatternLoss[]): number {
  return rows.reduce((sum, { count }) => sum + count, 0)
}

/** Traffic that is said to be clean must not look like anything else, as far as the model can tell. */
export function refuseContaminated(
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

function refuseKnown(model: ModelFile, site: CensusFile): void {
  const known = model.model.provenance?.sources?.find(({ sha256 }) => sha256 === site.sha256)
  if (known?.role === 'attack') {
    throw refused(site.name, 'contradictory: the model knows this file as traffic that is not DNS', {
      hint: 'Give a census of clean traffic of the site.',
    })
  }
  if (known?.role === 'training' || known?.role === 'fine-tuning') {
    throw refused(
      site.name,
      'the model learnt from this file, so its losses there are too low to set a threshold by',
      {
        hint: 'Give a census that the model has not seen.',
      },
    )
  }
}

export function refused(
  place: string,
  what: string,
  { hint, details = {} }: { hint: string; details?: Record<string, unknown> },
): FirsteightError {
  return new FirsteightError('TRAINING_DATA', `${place}: ${what}`, { hint, details: { place, ...details } })
}
