import { setImmediate } from 'node:timers/promises'
import { type ContextName, contextNumber } from '../../core/contexts.js'
import type { Kernel } from '../../core/kernel.js'
import type { firsteight } from '../../generated/messages.js'
import { tabulate } from '../calibrate/conformal.js'
import { deployedLosses, type Network } from './deployed-losses.js'
import { Fit, type FitSettings } from './fit.js'
import { splitFolds } from './folds.js'
import { streamsOf } from './hold-out-server.js'
import { weighPatterns } from './pattern-weights.js'
import { quantiseNetwork } from './quantise.js'
import { changeOneBit, chooseThreshold, RANDOM_INPUTS, randomInputs } from './threshold.js'
import type { ContextData } from './training-data.js'
import type { TrainingKernel } from './training-kernel.js'

/** One epoch done. */
export interface TrainingProgress {
  context: ContextName
  /** `fold 2 of 4` while a part is held out, `all` for the network that is kept. */
  part: string
  /** From 1. */
  epoch: number
  epochs: number
  loss: number
  /** Mean loss of the held-out patterns; absent for `all`. */
  heldOutLoss?: number
}

export interface ContextOptions {
  settings: FitSettings
  /** Default true. Without, losses of what was learnt stand in for held-out ones. */
  folds?: boolean | undefined
  onProgress?: ((progress: TrainingProgress) => void) | undefined
  signal?: AbortSignal | undefined
}

/**
 * Trains one context's network. First with each fold held out, to learn for how many epochs held-out traffic gains
 * and how high its losses come; then on everything, for that many epochs.
 */
export async function trainContext(
  training: TrainingKernel,
  scoring: Kernel,
  data: ContextData,
  options: ContextOptions,
): Promise<firsteight.v1.ContextModel.$Properties> {
  const { settings } = options
  const folds = options.folds === false ? [] : splitFolds(data)
  const curves = new Array<number>(settings.epochs).fill(0)
  const snapshots: { parameters: Float32Array[]; lossWeights: Float32Array }[] = []
  for (const [index, { training: part, heldOut }] of folds.entries()) {
    const fit = Fit.begin(training, { inputMask: data.inputMask, ...part }, settings)
    fit.learnLossWeights(options.signal)
    const parameters: Float32Array[] = []
    await runEpochs(
      fit,
      settings.epochs,
      `fold ${index + 1} of ${folds.length}`,
      data.context,
      options,
      (epoch) => {
        parameters.push(training.parameters.slice())
        const loss = fit.heldOutLoss(heldOut)
        curves[epoch]! += loss
        return loss
      },
    )
    snapshots.push({ parameters, lossWeights: training.lossWeights.slice() })
  }
  const best = folds.length === 0 ? settings.epochs - 1 : curves.indexOf(Math.min(...curves))

  const networkOf = (parameters: Float32Array, lossWeights: Float32Array): Network => ({
    inputMask: data.inputMask,
    layers: quantiseNetwork(parameters, settings.hidden, settings.bottleneck),
    lossWeights: [...lossWeights],
  })
  const heldOutPoints = folds.flatMap(({ heldOut, heldOutCounts }, index) => {
    const { parameters, lossWeights } = snapshots[index]!
    const losses = deployedLosses(scoring, networkOf(parameters[best]!, lossWeights), heldOut)
    return heldOutCounts.map(({ programs, streams }, pattern) => ({
      loss: losses[pattern]!,
      patterns: programs,
      streams,
    }))
  })
  const heldOutLosses = heldOutPoints.map(({ loss }) => loss)

  const patterns = data.patterns.map(({ bytes }) => bytes)
  const weights = weighPatterns(data.patterns, data.programs)
  const fit = Fit.begin(training, { inputMask: data.inputMask, patterns, weights }, settings)
  fit.learnLossWeights(options.signal)
  await runEpochs(fit, best + 1, 'all', data.context, options)
  const network = networkOf(training.parameters, training.lossWeights)
  const trainingLosses = deployedLosses(scoring, network, patterns)
  const calibrationPoints =
    options.folds === false
      ? data.patterns.map((pattern, index) => ({
          loss: trainingLosses[index]!,
          patterns: pattern.counts.size,
          streams: streamsOf(pattern),
        }))
      : heldOutPoints
  const { threshold, method } = chooseThreshold({
    training: trainingLosses,
    heldOut: heldOutLosses,
    oneBitChanged: deployedLosses(scoring, network, changeOneBit(patterns, data.inputMask)),
    random: deployedLosses(scoring, network, randomInputs(RANDOM_INPUTS, settings.seed)),
  })
  return {
    ...network,
    context: contextNumber(data.context),
    threshold,
    thresholdMethod: method,
    trainingStreams: data.streams,
    trainingPatterns: patterns.length,
    heldOutStreams: folds.length === 0 ? 0 : data.streams,
    heldOutPatterns: heldOutLosses.length,
    highestTrainingLoss: Math.max(...trainingLosses),
    highestHeldOutLoss: Math.max(0, ...heldOutLosses),
    ...(calibrationPoints.length > 0 ? { calibration: tabulate(calibrationPoints) } : {}),
  }
}

async function runEpochs(
  fit: Fit,
  epochs: number,
  part: string,
  context: ContextName,
  { onProgress, signal }: ContextOptions,
  evaluate?: (epoch: number) => number,
): Promise<void> {
  for (let epoch = 0; epoch < epochs; epoch++) {
    await setImmediate()
    signal?.throwIfAborted()
    const loss = fit.secondStageEpoch(epoch)
    const heldOutLoss = evaluate?.(epoch)
    onProgress?.({
      context,
      part,
      epoch: epoch + 1,
      epochs,
      loss,
      ...(heldOutLoss === undefined ? {} : { heldOutLoss }),
    })
  }
}
