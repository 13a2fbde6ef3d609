import { setImmediate } from 'node:timers/promises'
import type { Kernel } from '../../core/kernel.js'
import type { firsteight } from '../../generated/messages.js'
import { deployedLosses, type Network } from './deployed-losses.js'
import { Fit } from './fit.js'
import { weighPatterns } from './pattern-weights.js'
import { quantiseNetwork } from './quantise.js'
import type { ContextOptions } from './train-context.js'
import type { ContextData } from './training-data.js'
import type { TrainingKernel } from './training-kernel.js'

/** How a trained network goes on learning; recorded in the provenance of every model that did. */
export const FINE_TUNING = {
  /** A quarter of training's. */
  learningRate: 0.002,
  /** Of all programs' shares, those that are learnt have this part, or their own where it is larger. */
  learntShare: 0.1,
  /** A pattern whose loss is above this part of the threshold is badly known. */
  badlyKnownFrom: 0.5,
  /** What is badly known weighs this share of everything, or more where it is more. */
  badlyKnownShare: 0.1,
} as const

/** Default number of passes over the data. */
export const FINE_TUNING_EPOCHS = 40

export interface FineTuneOptions extends Omit<ContextOptions, 'settings'> {
  epochs: number
  seed: number
}

/**
 * Goes on training a context's network. Loss weights stay, so that losses before and after are of one measure.
 * @param context the trained network, and its threshold
 * @param data all that it is to know, new and old, under the network's input mask
 * @param learnt the programs of `data` that are new
 * @param part name in the progress
 * @returns the network as deployed
 */
export async function fineTuneNetwork(
  training: TrainingKernel,
  scoring: Kernel,
  context: firsteight.v1.ContextModel,
  data: ContextData,
  learnt: ReadonlySet<string>,
  part: string,
  { epochs, seed, onProgress, signal }: FineTuneOptions,
): Promise<Network> {
  const layers = context.layers as firsteight.v1.Layer[]
  const [hidden, bottleneck] = [layers[0]!.outputs, layers[1]!.outputs]
  const { inputMask } = data
  const patterns = data.patterns.map(({ bytes }) => bytes)
  const losses = deployedLosses(scoring, context, patterns)
  const weights = raiseBadlyKnown(
    weighPatterns(data.patterns, withShares(data.programs, learnt)),
    losses.map((loss) => loss > FINE_TUNING.badlyKnownFrom * context.threshold),
  )
  const fit = Fit.begin(
    training,
    { inputMask, patterns, weights },
    { hidden, bottleneck, epochs, seed, learningRate: FINE_TUNING.learningRate, raisesWorst: false },
  )
  training.setParameters(layers.flatMap(({ weights, biases }) => [...weights, ...biases]))
  training.lossWeights.set(context.lossWeights)
  for (let epoch = 0; epoch < epochs; epoch++) {
    await setImmediate()
    signal?.throwIfAborted()
    const loss = fit.secondStageEpoch(epoch)
    onProgress?.({ context: data.context, part, epoch: epoch + 1, epochs, loss })
  }
  return {
    inputMask,
    layers: quantiseNetwork(training.parameters, hidden, bottleneck),
    lossWeights: context.lossWeights,
  }
}

/** The programs, with those that are learnt named as often as gives them their share. */
export function withShares(programs: readonly string[], learnt: ReadonlySet<string>): string[] {
  const added = programs.filter((program) => learnt.has(program))
  const known = programs.length - added.length
  const { learntShare: share } = FINE_TUNING
  const times = Math.max(1, Math.round((share * known) / ((1 - share) * Math.max(1, added.length))))
  return programs.flatMap((program) => new Array<string>(learnt.has(program) ? times : 1).fill(program))
}

/**
 * What is badly known would drown among the many patterns that are known well, and what is known but near the
 * threshold would be crowded out by what is new. So both together get a share of their own. Mean 1.
 */
export function raiseBadlyKnown(weights: readonly number[], badlyKnown: readonly boolean[]): number[] {
  const total = (of: boolean) =>
    weights.reduce((sum, weight, index) => (badlyKnown[index] === of ? sum + weight : sum), 0)
  const [bad, good] = [total(true), total(false)]
  const { badlyKnownShare: share } = FINE_TUNING
  const factor = bad === 0 ? 1 : Math.max(1, (share * good) / ((1 - share) * bad))
  const raised = weights.map((weight, index) => (badlyKnown[index] ? weight * factor : weight))
  const mean = raised.reduce((sum, weight) => sum + weight, 0) / raised.length
  return raised.map((weight) => weight / mean)
}
