import type { ContextName } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import { Kernel } from '../../core/kernel.js'
import { encodeModelFile, type ModelFile } from '../../core/model-file.js'
import { refuseContradictions } from '../census/contradictions.js'
import { withoutTunnels } from '../census/tunnels.js'
import { FINE_TUNING, type FineTuneOptions } from '../train/fine-tune.js'
import { TrainingKernel } from '../train/training-kernel.js'
import { calibrateModel, DEFAULT_CALIBRATION } from './calibrate.js'
import { lossesByContext, type PatternLoss } from './census-losses.js'
import { checkSite, isEnough, refuseContaminated } from './check-site.js'
import { fineTuneContext, type TunedContext } from './fine-tune-context.js'
import {
  type FineTuning,
  fineTuningOf,
  type LossesBeforeAndAfter,
  lossesOfBoth,
  refuseWorse,
} from './fine-tune-figures.js'
import type { CensusFile } from './read-census-file.js'
import { refit, reportOf, type SiteContext, sourcesWith } from './site.js'

/** What fine-tuning learns from and is measured by. */
export interface FineTuneData {
  /** Clean traffic of the site. */
  site: CensusFile
  /** Clean traffic that the model knows and must not forget. */
  base: CensusFile
  /** Labelled traffic that is not DNS. */
  attack: CensusFile
}

export interface FineTuneSiteOptions extends Omit<FineTuneOptions, 'seed'> {
  /** Clean streams above the threshold, of a million; more than 0. */
  falseAlarmsPerMillion: number
}

/** One context before and after. */
export type FineTunedContext = SiteContext & {
  /** Absent where the context was left as it was. */
  fineTuning?: FineTuning
}

/**
 * Goes on training a calibrated model's networks on what it knows together with a site's clean traffic, then fits
 * confidence, gate, thresholds and p-values anew. Equal input gives equal bytes.
 * @throws FirsteightError those of checkSite, of the base too unless the model learnt from it; MODEL_UNSUPPORTED when
 *   the model was made for a site already; TRAINING_DATA when the data contradicts itself; MODEL_WORSE when more attacks
 *   pass than before, or more of the base is flagged
 */
export async function fineTuneSite(
  model: ModelFile,
  { site, base, attack }: FineTuneData,
  options: FineTuneSiteOptions,
): Promise<{ model: ModelFile; contexts: FineTunedContext[] }> {
  const siteLosses = await checkSite(model, site)
  refuseSiteModel(model)
  for (const clean of [site, base]) refuseContradictions(clean, attack)
  const baseLosses = await lossesByContext(model, base.census, base.name)
  if (!hasLearntFrom(model, base)) refuseContaminated(model, base, baseLosses)

  const kernels = { training: await TrainingKernel.load(), scoring: await Kernel.load({ seed: 0 }) }
  const tuning = { ...options, seed: model.model.provenance?.seed ?? 0 }
  const tuned = new Map<ContextName, TunedContext>()
  for (const [name, context] of model.byContext) {
    const rows = { known: baseLosses.get(name) ?? [], site: siteLosses.get(name) ?? [] }
    if (isEnough(rows.site)) tuned.set(name, await fineTuneContext(kernels, name, context, rows, tuning))
  }

  const networks = encodeModelFile({
    ...model.model,
    contexts: [...model.byContext].map(([name, context]) => {
      const part = tuned.get(name)
      return part ? { ...context, ...part.network, ...part.training } : context
    }),
  })
  const attacks = { ...attack, census: withoutTunnels(attack.census) }
  const losses = await lossesOfBoth(model, networks, { site, base, attack: attacks })
  const fitted = await calibrateTuned(model, networks, tuned, losses, { site, base, attack }, options)
  const figures = new Map<ContextName, FineTuning>()
  const contexts = [...model.byContext].map(([name, before]) => {
    const part = tuned.get(name)
    const rows = siteLosses.get(name) ?? []
    if (!part) return reportOf(name, before, undefined, rows)
    const after = fitted.byContext.get(name)!
    const fineTuning = fineTuningOf(losses.get(name)!, [before.threshold, after.threshold])
    figures.set(name, fineTuning)
    return { ...reportOf(name, before, after, rows, part.siteLosses), fineTuning }
  })
  refuseWorse(attack.name, base.name, figures)
  return { model: fitted, contexts }
}

/** The tuned networks with confidence, gate, thresholds and p-values that belong to them; other contexts as they were. */
async function calibrateTuned(
  model: ModelFile,
  networks: ModelFile,
  tuned: ReadonlyMap<ContextName, TunedContext>,
  losses: ReadonlyMap<ContextName, LossesBeforeAndAfter>,
  { site, base, attack }: FineTuneData,
  { falseAlarmsPerMillion, epochs }: FineTuneSiteOptions,
): Promise<ModelFile> {
  const { gate } = model.model
  const calibrated = await calibrateModel(networks, attack, {
    falseAlarmsPerMillion,
    confidence: gate?.confidence ?? DEFAULT_CALIBRATION.confidence,
    requiredPrecision: gate?.requiredPrecision ?? DEFAULT_CALIBRATION.requiredPrecision,
  })
  const { provenance } = calibrated.model
  return encodeModelFile({
    ...calibrated.model,
    version: model.model.version + 1,
    contexts: [...model.byContext].map(([name, context]) => {
      const part = tuned.get(name)
      if (!part) return context
      const refitted = refit(calibrated.byContext.get(name)!, part.siteLosses, falseAlarmsPerMillion)
      const { base: known, attack: attacks } = losses.get(name)!
      const kept = keepFlagging(refitted, context.threshold, [...known[1], ...part.siteLosses], attacks)
      return { ...refitted, ...kept }
    }),
    provenance: {
      ...provenance,
      parentModelId: model.id,
      sources: sourcesWith(provenance?.sources, 'fine-tuning', [base, site]),
      settings: [
        ...(provenance?.settings ?? []),
        ...Object.entries({ epochs, ...FINE_TUNING }).map(([name, value]) => ({
          name: `fineTuning.${name}`,
          value: String(value),
        })),
      ],
    },
  })
}

/**
 * Fine-tuning may carry an attack that was flagged below the threshold. Where known clean traffic leaves room, the
 * threshold follows, half-way into the gap; where it does not, the model is refused.
 * @param before the threshold that flagged it
 * @param clean what is to pass
 */
export function keepFlagging(
  { threshold, thresholdMethod }: { threshold: number; thresholdMethod: string },
  before: number,
  clean: readonly PatternLoss[],
  [attacksBefore, attacksAfter]: LossesBeforeAndAfter['attack'],
): { threshold: number; thresholdMethod: string } {
  const flagged = attacksAfter.filter((_, index) => attacksBefore[index]!.loss > before)
  const lowest = flagged.reduce((least, { loss }) => Math.min(least, loss), Number.POSITIVE_INFINITY)
  const highest = clean.reduce((most, { loss }) => Math.max(most, loss), 0)
  if (lowest > threshold || highest >= lowest) return { threshold, thresholdMethod }
  const lowered = (highest + lowest) / 2
  return {
    threshold: lowered,
    thresholdMethod: `${thresholdMethod}; then lowered to ${lowered.toFixed(6)}, below an attack at ${lowest.toFixed(6)} that was flagged before`,
  }
}

/** What a site's model learnt from its site before is not at hand, and would be forgotten. */
function refuseSiteModel({ model, id }: ModelFile): void {
  const forSite = model.provenance?.sources?.find(({ role }) => role === 'site' || role === 'fine-tuning')
  if (!forSite) return
  throw new FirsteightError(
    'MODEL_UNSUPPORTED',
    `model ${model.name} ${model.version}: made for a site already, from ${forSite.name}`,
    {
      hint: `Fine-tune the model that it was made from${model.provenance?.parentModelId ? `, ${model.provenance.parentModelId}` : ''}.`,
      details: { id, source: forSite.name },
    },
  )
}

function hasLearntFrom({ model }: ModelFile, { sha256 }: CensusFile): boolean {
  return (
    model.provenance?.sources?.some((source) => source.role === 'training' && source.sha256 === sha256) ??
    false
  )
}
