import { setImmediate } from 'node:timers/promises'
import type { Kernel } from '../../core/kernel.js'
import { deployedLosses, type Network } from './deployed-losses.js'
import { Fit, type FitSettings } from './fit.js'
import { weighPatterns } from './pattern-weights.js'
import { quantiseNetwork } from './quantise.js'
import { changeOneBit, chooseThreshold, RANDOM_INPUTS, randomInputs } from './threshold.js'
import type { ContextData } from './training-data.js'
import type { TrainingKernel } from './training-kernel.js'

/** A network as deployed, and what it makes of what it was trained on. */
export interface TrainedNetwork {
  network: Network
  threshold: number
  highestTrainingLoss: number
}

/** What an ablation leaves out of training. */
export interface TrainOnceOptions {
  /** All unmasked bits count alike in the loss. */
  equalLossWeights?: boolean
  signal?: AbortSignal | undefined
}

/**
 * Trains one context's network on all its patterns, for all epochs, with no fold held out: for experiments that hold
 * data out themselves.
 */
export async function trainOnce(
  training: TrainingKernel,
  scoring: Kernel,
  data: ContextData,
  settings: FitSettings,
  options: TrainOnceOptions = {},
): Promise<TrainedNetwork> {
  const { inputMask } = data
  const patterns = data.patterns.map(({ bytes }) => bytes)
  const weights = weighPatterns(data.patterns, data.programs)
  const fit = Fit.begin(training, { inputMask, patterns, weights }, settings)
  if (options.equalLossWeights) fit.weighLossEqually()
  else fit.learnLossWeights(options.signal)
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    await setImmediate()
    options.signal?.throwIfAborted()
    fit.secondStageEpoch(epoch)
  }
  const network = {
    inputMask,
    layers: quantiseNetwork(training.parameters, settings.hidden, settings.bottleneck),
    lossWeights: [...training.lossWeights],
  }
  const losses = deployedLosses(scoring, network, patterns)
  const { threshold } = chooseThreshold({
    training: losses,
    heldOut: [],
    oneBitChanged: deployedLosses(scoring, network, changeOneBit(patterns, inputMask)),
    random: deployedLosses(scoring, network, randomInputs(RANDOM_INPUTS, settings.seed)),
  })
  return { network, threshold, highestTrainingLoss: Math.max(...losses) }
}
