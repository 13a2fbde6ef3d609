import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { Kernel } from '../../core/kernel.js'
import type { ModelFile } from '../../core/model-file.js'
import { TRAINING } from '../../lab/train/fit.js'
import { splitFolds } from '../../lab/train/folds.js'
import { readTrainingInput, type TrainingInput } from '../../lab/train/read-sources.js'
import { train } from '../../lab/train/train.js'
import { trainContext } from '../../lab/train/train-context.js'
import { type ContextData, joinCensuses } from '../../lab/train/training-data.js'
import { TrainingKernel } from '../../lab/train/training-kernel.js'
import type { Suite } from '../suite.js'

const CENSUS = fileURLToPath(new URL('../../../lab/census/clean.census.tsv', import.meta.url))
const QUICK_EPOCHS = 4

/** The time to train the model from its census with its own settings, on one thread, without calibration. */
export const trainingSuite: Suite = {
  name: 'training',
  async run({ model, quick, progress }) {
    const input = await readTrainingInput([CENSUS])
    const settings = settingsOf(model)
    if (quick) {
      progress(`training one context for ${QUICK_EPOCHS} epochs, to extrapolate`)
      return {
        comparisons: [],
        figures: { training_extrapolated_seconds: await extrapolate(input, settings) },
      }
    }
    progress('training the model again, four minutes and more')
    const start = performance.now()
    const again = await train(input, { name: model.model.name, ...settings })
    const seconds = (performance.now() - start) / 1000
    if (!isDeepStrictEqual(networksOf(again), networksOf(model)))
      throw new Error('training gave other networks than the model has: it is not of this census')
    return { comparisons: [], figures: { training_seconds: seconds } }
  },
}

interface Settings {
  seed: number
  hidden: number
  bottleneck: number
  epochs: number
}

/** What the model says it was trained with. */
function settingsOf({ model }: ModelFile): Settings {
  const recorded = new Map(model.provenance?.settings?.map(({ name, value }) => [name, Number(value)]))
  const setting = (name: string) => {
    const value = recorded.get(name)
    if (value === undefined)
      throw new Error(`model ${model.name} does not say its ${name}: nothing to train again`)
    return value
  }
  return {
    seed: model.provenance?.seed ?? 0,
    hidden: setting('hidden'),
    bottleneck: setting('bottleneck'),
    epochs: setting('epochs'),
  }
}

/** What training makes; thresholds may have been calibrated since. */
function networksOf({ model }: ModelFile): unknown {
  return model.contexts.map(({ inputMask, layers, lossWeights }) => ({ inputMask, layers, lossWeights }))
}

/** Seconds that the whole training would take: its time goes with the samples shown, which are counted here. */
async function extrapolate(input: TrainingInput, settings: Settings): Promise<number> {
  const [first, ...others] = joinCensuses(input.censuses) as [ContextData, ...ContextData[]]
  const start = performance.now()
  await trainContext(await TrainingKernel.load(), await Kernel.load({ seed: 0 }), first, {
    settings: { ...settings, epochs: QUICK_EPOCHS },
  })
  const seconds = (performance.now() - start) / 1000
  const all = [first, ...others].reduce((sum, data) => sum + samplesOf(data, settings.epochs), 0)
  return (seconds * all) / samplesOf(first, QUICK_EPOCHS)
}

/** Samples shown at most: to a network for each fold and one for all, in both stages. */
function samplesOf(data: ContextData, epochs: number): number {
  const sizes = [...splitFolds(data).map(({ training }) => training.patterns.length), data.patterns.length]
  const shown = (size: number) => Math.ceil(TRAINING.epochSamples / size) * size
  return sizes.reduce((sum, size) => sum + shown(size) * (epochs + Math.ceil(epochs / 4)), 0)
}
