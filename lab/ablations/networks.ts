import { CONTEXT_NAMES, type ContextName } from '../../core/contexts.js'
import type { Kernel } from '../../core/kernel.js'
import { deployedLosses } from '../train/deployed-losses.js'
import type { FitSettings } from '../train/fit.js'
import { randomInputs } from '../train/threshold.js'
import { trainOnce } from '../train/train-once.js'
import type { ContextData, TrainingPattern } from '../train/training-data.js'
import type { TrainingKernel } from '../train/training-kernel.js'
import type { Approach, ContextDetector, Detector } from './detector.js'

const UNMASKED = new Uint8Array(8).fill(255)

/** Autoencoders: as it ships, and with one thing different each. */
export class Networks {
  constructor(
    private readonly training: TrainingKernel,
    private readonly scoring: Kernel,
    private readonly settings: FitSettings,
    private readonly signal?: AbortSignal,
  ) {}

  approaches(): Approach[] {
    const { hidden, bottleneck } = this.settings
    return [
      { name: `autoencoder ${hidden}-${bottleneck}`, build: (data) => this.perContext(data) },
      {
        name: 'equal loss weights',
        build: (data) => this.perContext(data, { equalLossWeights: true }),
      },
      { name: 'no input mask', build: (data) => this.unmasked(data) },
      { name: 'one network for all contexts', build: (data) => this.joined(data) },
      ...[
        [32, 8],
        [16, 8],
        [16, 6],
      ].map(([outer, inner]) => ({
        name: `layers ${outer}-${inner}`,
        build: (data: readonly ContextData[]) =>
          this.perContext(data, { hidden: outer!, bottleneck: inner! }),
      })),
    ]
  }

  private async fit(
    data: ContextData,
    change: { hidden?: number; bottleneck?: number; equalLossWeights?: boolean } = {},
  ): Promise<ContextDetector> {
    const { equalLossWeights = false, ...shape } = change
    const { network, threshold } = await trainOnce(
      this.training,
      this.scoring,
      data,
      { ...this.settings, ...shape },
      { equalLossWeights, signal: this.signal },
    )
    return { threshold, scores: (patterns) => deployedLosses(this.scoring, network, patterns) }
  }

  private async perContext(
    data: readonly ContextData[],
    change: Parameters<Networks['fit']>[1] = {},
  ): Promise<Detector> {
    const parts = new Map<ContextName, ContextDetector>()
    for (const part of data) parts.set(part.context, await this.fit(part, change))
    return parts
  }

  /** Bits under the mask come back as what they are, random, and the network sees them. */
  private async unmasked(data: readonly ContextData[]) {
    const parts = new Map<ContextName, ContextDetector>()
    for (const part of data) {
      const filled = (patterns: readonly Uint8Array[], seed: number) => {
        const random = randomInputs(patterns.length, seed)
        return patterns.map((bytes, index) =>
          bytes.map((byte, at) => byte | (random[index]![at]! & ~part.inputMask[at]!)),
        )
      }
      const bytes = filled(
        part.patterns.map((pattern) => pattern.bytes),
        1,
      )
      const patterns = part.patterns.map(({ counts }, index) => ({ bytes: bytes[index]!, counts }))
      const detector = await this.fit({ ...part, inputMask: UNMASKED, patterns })
      parts.set(part.context, { ...detector, scores: (list) => detector.scores(filled(list, 2)) })
    }
    return parts
  }

  /** Patterns of all contexts together; bits under a context's mask are 0. */
  private async joined(data: readonly ContextData[]) {
    const byPattern = new Map<string, TrainingPattern>()
    for (const { bytes, counts } of data.flatMap(({ patterns }) => patterns)) {
      const key = Buffer.from(bytes).toString('hex')
      const sum = new Map(byPattern.get(key)?.counts)
      for (const [program, count] of counts) sum.set(program, (sum.get(program) ?? 0) + count)
      byPattern.set(key, { bytes, counts: sum })
    }
    const detector = await this.fit({
      context: CONTEXT_NAMES[0],
      inputMask: UNMASKED,
      programs: [...new Set(data.flatMap(({ programs }) => programs))].sort(),
      patterns: [...byPattern.keys()].sort().map((key) => byPattern.get(key)!),
      streams: data.reduce((sum, { streams }) => sum + streams, 0),
    })
    return new Map(data.map(({ context }) => [context, detector]))
  }
}
