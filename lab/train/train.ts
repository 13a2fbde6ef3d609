import { Kernel } from '../../core/kernel.js'
import { encodeModelFile, type ModelFile } from '../../core/model-file.js'
import { VERSION } from '../../core/version.js'
import type { firsteight } from '../../generated/messages.js'
import { TRAINING } from './fit.js'
import type { TrainingInput } from './read-sources.js'
import { type TrainingProgress, trainContext } from './train-context.js'
import { joinCensuses } from './training-data.js'
import { TrainingKernel } from './training-kernel.js'

export interface TrainOptions {
  name: string
  /** Default 1. */
  version?: number | undefined
  /** A whole number from 0 to 2^53 - 1. */
  seed: number
  /** 1 to 32; default 32. */
  hidden?: number | undefined
  /** 1 to 16; default 16. */
  bottleneck?: number | undefined
  /** At least 1; default 720. */
  epochs?: number | undefined
  /** Hold programs out, in turn, to learn how high their losses come; default true. A fifth of the time without. */
  folds?: boolean | undefined
  onProgress?: ((progress: TrainingProgress) => void) | undefined
  signal?: AbortSignal | undefined
}

export const DEFAULT_HIDDEN = 32
export const DEFAULT_BOTTLENECK = 16
export const DEFAULT_EPOCHS = 720

/**
 * Trains a model on clean traffic. Equal input, options and version of firsteight give equal bytes on every machine.
 * @throws FirsteightError TRAINING_DATA when a context has too few streams; the signal's reason when aborted
 */
export async function train(input: TrainingInput, options: TrainOptions): Promise<ModelFile> {
  const settings = {
    hidden: options.hidden ?? DEFAULT_HIDDEN,
    bottleneck: options.bottleneck ?? DEFAULT_BOTTLENECK,
    epochs: options.epochs ?? DEFAULT_EPOCHS,
    seed: options.seed,
  }
  const joined = joinCensuses(
    input.censuses,
    input.sources.map(({ name }) => name),
  )
  const training = await TrainingKernel.load()
  const scoring = await Kernel.load({ seed: 0 })
  const contexts: firsteight.v1.ContextModel.$Properties[] = []
  for (const data of joined) {
    contexts.push(
      await trainContext(training, scoring, data, {
        settings,
        folds: options.folds,
        onProgress: options.onProgress,
        signal: options.signal,
      }),
    )
  }
  return encodeModelFile({
    schemaVersion: 1,
    name: options.name,
    version: options.version ?? 1,
    contexts,
    provenance: {
      toolVersion: VERSION,
      seed: options.seed,
      sources: input.sources.map(({ name, sha256 }) => ({ name, sha256, role: 'training' })),
      settings: Object.entries({
        hidden: settings.hidden,
        bottleneck: settings.bottleneck,
        epochs: settings.epochs,
        ...TRAINING,
      }).map(([name, value]) => ({ name, value: String(value) })),
    },
  })
}
