import { CONTEXT_NAMES, type ContextName, contextNumber } from '../../core/contexts.js'
import type { ModelFile } from '../../core/model-file.js'
import type { JudgedStream } from './judge.js'
import type { ModelScores } from './model-scores.js'

/** How one context's losses spread, by class. */
export interface LossHistogram {
  context: ContextName
  threshold: number
  /** Streams by bin: ten bins a decade of the loss, index floor(10 * log10(loss)), at least -80. */
  clean: Map<number, number>
  attack: Map<number, number>
}

/** How often streams that were given about one confidence were attacks. */
export interface ReliabilityPoint {
  /** Mean confidence of the bin. */
  confidence: number
  attackShare: number
  streams: number
}

export interface Reliability {
  points: ReliabilityPoint[]
  /** Mean squared difference of confidence and truth. */
  brierScore: number
}

/** What the network makes of one pattern, bit by bit. */
export interface Example {
  title: string
  context: ContextName
  bytes: Uint8Array
  reconstructed: Uint8Array
  /** 64 weights, 0 to 1. */
  weights: number[]
  loss: number
  flagged: boolean
}

const LOWEST_BIN = -80

export function lossHistograms(streams: readonly JudgedStream[]): LossHistogram[] {
  const histograms = new Map<ContextName, LossHistogram>()
  for (const { context, streamClass, score, count } of streams) {
    if (streamClass === 'other') continue
    const histogram = histograms.get(context) ?? {
      context,
      threshold: score.threshold,
      clean: new Map<number, number>(),
      attack: new Map<number, number>(),
    }
    histograms.set(context, histogram)
    const bin = Math.max(LOWEST_BIN, Math.floor(10 * Math.log10(score.loss)))
    histogram[streamClass].set(bin, (histogram[streamClass].get(bin) ?? 0) + count)
  }
  return CONTEXT_NAMES.flatMap((name) => histograms.get(name) ?? [])
}

/** @returns undefined when the model states no confidence */
export function reliabilityOf(streams: readonly JudgedStream[]): Reliability | undefined {
  const bins = Array.from({ length: 10 }, () => ({ confidence: 0, attacks: 0, streams: 0 }))
  let squares = 0
  let all = 0
  for (const { streamClass, score, count } of streams) {
    if (streamClass === 'other' || score.confidence === undefined) continue
    const truth = streamClass === 'attack' ? 1 : 0
    const bin = bins[Math.min(9, Math.floor(score.confidence * 10))]!
    bin.confidence += score.confidence * count
    bin.attacks += truth * count
    bin.streams += count
    squares += (score.confidence - truth) ** 2 * count
    all += count
  }
  if (all === 0) return undefined
  const points = bins
    .filter((bin) => bin.streams > 0)
    .map((bin) => ({
      confidence: bin.confidence / bin.streams,
      attackShare: bin.attacks / bin.streams,
      streams: bin.streams,
    }))
  return { points, brierScore: squares / all }
}

/**
 * Of each context: the most frequent clean pattern, the clean pattern with the highest loss, the attack pattern with
 * the lowest loss, and the most frequent one.
 */
export function examplesOf(
  streams: readonly JudgedStream[],
  model: ModelFile,
  scores: ModelScores,
): Example[] {
  const choices: [string, 'clean' | 'attack', (stream: JudgedStream, total: number) => number][] = [
    ['the most frequent clean pattern', 'clean', (_, total) => total],
    ['the clean pattern with the highest loss', 'clean', ({ score }) => score.loss],
    ['the attack pattern with the lowest loss', 'attack', ({ score }) => -score.loss],
    ['the most frequent attack pattern', 'attack', (_, total) => total],
  ]
  const totals = new Map<string, number>()
  const key = ({ streamClass, context, score }: JudgedStream) => `${streamClass} ${context} ${score.pattern}`
  for (const stream of streams) totals.set(key(stream), (totals.get(key(stream)) ?? 0) + stream.count)

  return CONTEXT_NAMES.flatMap((context) => {
    const own = streams.filter((stream) => stream.context === context)
    const chosen = new Set<string>()
    return choices.flatMap(([title, streamClass, worth]): Example[] => {
      let best: JudgedStream | undefined
      let most = Number.NEGATIVE_INFINITY
      for (const stream of own) {
        if (stream.streamClass !== streamClass) continue
        const value = worth(stream, totals.get(key(stream))!)
        if (value > most) [best, most] = [stream, value]
      }
      if (best === undefined || chosen.has(key(best))) return []
      chosen.add(key(best))
      const weights = model.model.contexts.find((entry) => entry.context === contextNumber(context))!
        .lossWeights!
      const bytes = Buffer.from(best.firstEight, 'hex')
      return [
        {
          title: `${title}: ${best.label}`,
          context,
          bytes,
          reconstructed: scores.reconstruct(context, bytes),
          weights,
          loss: best.score.loss,
          flagged: best.score.flagged,
        },
      ]
    })
  })
}
