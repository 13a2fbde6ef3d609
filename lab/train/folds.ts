import { weighPatterns } from './pattern-weights.js'
import type { ContextData } from './training-data.js'

/** One way to split a context's patterns: learn from some, be tested on the others. */
export interface Fold {
  training: { patterns: Uint8Array[]; weights: number[] }
  heldOut: Uint8Array[]
  /** For each held-out pattern: by how many programs that were left out it was sent, and in how many streams. */
  heldOutCounts: { programs: number; streams: number }[]
}

/** Folds at most; each costs a training of its own. */
const MAXIMUM_FOLDS = 4

/** With a single program, fewer patterns than this are not worth splitting. */
const MINIMUM_SPLIT_PATTERNS = 8

/**
 * Splits by program, so that what is held out comes from servers or clients that training never saw. Each program
 * is held out once. With a single program its patterns are split instead; with few patterns there is no fold.
 */
export function splitFolds(data: ContextData): Fold[] {
  const { programs, patterns } = data
  if (programs.length > 1) {
    const count = Math.min(programs.length, MAXIMUM_FOLDS)
    return Array.from({ length: count }, (_, fold) => {
      const kept = programs.filter((_, index) => index % count !== fold)
      const left = programs.filter((_, index) => index % count === fold)
      return foldOf(
        patterns.filter((pattern) => kept.some((program) => pattern.counts.has(program))),
        patterns.filter((pattern) => left.some((program) => pattern.counts.has(program))),
        kept,
        left,
      )
    })
  }
  if (patterns.length < MINIMUM_SPLIT_PATTERNS) return []
  return Array.from({ length: MAXIMUM_FOLDS }, (_, fold) =>
    foldOf(
      patterns.filter((_, index) => index % MAXIMUM_FOLDS !== fold),
      patterns.filter((_, index) => index % MAXIMUM_FOLDS === fold),
      programs,
      programs,
    ),
  )
}

function foldOf(
  training: ContextData['patterns'],
  heldOut: ContextData['patterns'],
  kept: readonly string[],
  left: readonly string[],
): Fold {
  return {
    training: { patterns: training.map(({ bytes }) => bytes), weights: weighPatterns(training, kept) },
    heldOut: heldOut.map(({ bytes }) => bytes),
    heldOutCounts: heldOut.map(({ counts }) => {
      const streams = left.flatMap((program) => counts.get(program) ?? [])
      return { programs: streams.length, streams: streams.reduce((sum, count) => sum + count, 0) }
    }),
  }
}
