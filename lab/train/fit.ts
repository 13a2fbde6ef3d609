import { INPUT_BITS, maskBit } from '../../core/model-rules.js'
import { bitFreedom } from './bit-freedom.js'
import { raiseWorst } from './raise-worst.js'
import type { TrainingKernel } from './training-kernel.js'

/** What a network is trained on. */
export interface FitData {
  inputMask: Uint8Array
  /** Eight bytes each, masked. */
  patterns: readonly Uint8Array[]
  /** One a pattern, mean 1. */
  weights: readonly number[]
}

export interface FitSettings {
  hidden: number
  bottleneck: number
  /** Of the second stage; the first takes a quarter as many. */
  epochs: number
  seed: number
  /** At the beginning; default TRAINING's. */
  learningRate?: number
  /** The second stage gives more weight to what it reproduces badly; default true. */
  raisesWorst?: boolean
}

/** How the networks are trained; recorded in every model's provenance. */
export const TRAINING = {
  batch: 32,
  learningRate: 0.008,
  flipProbability: 0.02,
  crossProbability: 0.5,
  swapProbability: 0.2,
  /** Added to a bit's residual variance before its inverse becomes the bit's loss weight. */
  residualFloor: 1,
  /** An epoch is as many passes over the patterns as it takes to see this many. */
  epochSamples: 1024,
  /** Every so many epochs of the second stage, patterns are weighed again by their losses (raise-worst.ts). */
  raiseWorstEvery: 10,
} as const

/** One network in training: first with all bits equal, then weighted by how well each bit can be foretold. */
export class Fit {
  private readonly count: number
  private readonly freedom: readonly number[]

  private constructor(
    private readonly kernel: TrainingKernel,
    private readonly data: FitData,
    private readonly settings: FitSettings,
  ) {
    this.count = data.patterns.length
    this.freedom = bitFreedom(data.patterns)
    kernel.setFreedom(this.freedom)
  }

  static begin(kernel: TrainingKernel, data: FitData, settings: FitSettings): Fit {
    kernel.start(settings.hidden, settings.bottleneck, settings.seed)
    kernel.inputMask.set(data.inputMask)
    data.patterns.forEach((pattern, index) => {
      kernel.patterns.set(pattern, index * 8)
    })
    kernel.patternWeights.set(data.weights)
    return new Fit(kernel, data, settings)
  }

  /** First stage: all unmasked bits count alike. Sets the loss weights of the second. */
  learnLossWeights(signal?: AbortSignal): void {
    const { kernel, data } = this
    this.weighLossEqually()
    const epochs = Math.ceil(this.settings.epochs / 4)
    for (let epoch = 0; epoch < epochs; epoch++) {
      signal?.throwIfAborted()
      this.epoch(epoch / epochs)
    }
    kernel.evaluate(0, this.count)
    kernel.lossWeights.set(lossWeightsOf(kernel.residuals, this.freedom, data.inputMask))
    kernel.resetOptimiser()
  }

  /** Instead of the first stage: all unmasked bits count alike. */
  weighLossEqually(): void {
    const { kernel, data } = this
    for (let bit = 0; bit < INPUT_BITS; bit++) kernel.lossWeights[bit] = maskBit(data.inputMask, bit) ? 1 : 0
  }

  /** One epoch of the second stage, from 0. @returns its mean loss */
  secondStageEpoch(epoch: number): number {
    const { raisesWorst = true } = this.settings
    if (raisesWorst && epoch > 0 && epoch % TRAINING.raiseWorstEvery === 0) {
      const losses = this.data.patterns.map((_, index) => this.kernel.evaluate(index, index + 1))
      this.kernel.patternWeights.set(raiseWorst(this.data.weights, losses))
    }
    return this.epoch(epoch / this.settings.epochs)
  }

  /** Weighted mean loss of other patterns, each counting alike, under the present loss weights. */
  heldOutLoss(patterns: readonly Uint8Array[]): number {
    const { kernel, count } = this
    patterns.forEach((pattern, index) => {
      kernel.patterns.set(pattern, (count + index) * 8)
    })
    kernel.patternWeights.fill(1, count, count + patterns.length)
    return kernel.evaluate(count, count + patterns.length)
  }

  /** The learning rate falls in a line to a tenth. */
  private epoch(progress: number): number {
    const { learningRate = TRAINING.learningRate } = this.settings
    const passes = Math.ceil(TRAINING.epochSamples / this.count)
    let loss = 0
    for (let pass = 0; pass < passes; pass++) {
      loss += this.kernel.trainEpoch(this.count, {
        batch: TRAINING.batch,
        learningRate: learningRate * (1 - 0.9 * progress),
        flipProbability: TRAINING.flipProbability,
        crossProbability: TRAINING.crossProbability,
        swapProbability: TRAINING.swapProbability,
      })
    }
    return loss / passes
  }
}

/**
 * Proportional to (1 - freedom) / (residual + floor), the largest 1, 0 where masked: a bit that clean traffic changes
 * freely counts little, and so does one that nothing foretells.
 */
export function lossWeightsOf(
  residuals: ArrayLike<number>,
  freedom: ArrayLike<number>,
  inputMask: Uint8Array,
): number[] {
  const raw = Array.from({ length: INPUT_BITS }, (_, bit) =>
    maskBit(inputMask, bit) ? (1 - freedom[bit]!) / (residuals[bit]! + TRAINING.residualFloor) : 0,
  )
  const largest = Math.max(...raw)
  return raw.map((weight) => weight / largest)
}
