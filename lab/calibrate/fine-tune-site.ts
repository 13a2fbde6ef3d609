import type { ContextName } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import { Kernel } from '../../core/kernel.js'
import { encodeModelFile, type ModelFile } from '../../core/model-file.js'
import { refuseContradictions } from '../census/contradictions.js'
import { withoutTunnels } from '../census/tunnels.js'
import { FINE_TUNING, type FineTuneOptions } from '../train/fine-tune.js'
import { TrainingKernel } from '../train/training-kernel.js'
import { calibrateModel, DEFAULT_CALIBRATION } from './calibrate.js'
import { lossesByContext } from './census-losses.js'
import { checkSite, isEnough, refuseContaminated } from './check-site.js'
import { fineTuneContext, type TunedContext } from './fine-tune-context.js'
import { compareModels, type FineTuning, refuseWorse } from './fine-tune-figures.js'
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

  const fitted = await calibrateTuned(model, tuned, { site, base, attack }, options)
  const attacks = { ...attack, census: withoutTunnels(attack.census) }
  const figures = await compareModels(model, fitted, { site, base, attack: attacks })
  refuseWorse(attack.name, base.name, figures)
  const contexts = [...model.byContext].map(([name, before]) => {
    const part = tuned.get(name)
    const rows = siteLosses.get(name) ?? []
    if (!part) return reportOf(name, before, undefined, rows)
    const report = reportOf(name, before, fitted.byContext.get(name)!, rows, part.siteLosses)
    return { ...report, fineTuning: figures.get(name)! }
  })
  return { model: fitted, contexts }
}

/** The tuned networks with confidence, gate, thresholds and p-values that belong to them; other contexts as they were. */
async function calibrateTuned(
  model: ModelFile,
  tuned: ReadonlyMap<ContextName, TunedContext>,
  { site, base, attack }: FineTuneData,
  { falseAlarmsPerMillion, epochs }: FineTuneSiteOptions,
): Promise<ModelFile> {
  const networks = encodeModelFile({
    ...model.model,
    contexts: [...model.byContext].map(([name, context]) => {
      const part = tuned.get(name)
      return part ? { ...context, ...part.network, ...part.training } : context
    }),
  })
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
      return part ? refit(calibrated.byContext.get(name)!, part.siteLosses, falseAlarmsPerMillion) : context
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
