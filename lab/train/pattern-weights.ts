import type { TrainingPattern } from './training-data.js'

/** Counts beyond 2^10 add nothing to a pattern's weight. */
const COUNT_BITS = 10

/** A weight stays within this factor of the median, so that rare patterns are learnt and common ones do not rule. */
const SPREAD = 4

/**
 * How much each pattern counts in training: by pattern and program, not by volume. Within a program a pattern
 * counts by the binary digits of its count; every program has the same share. Mean 1.
 * @param programs whose counts count
 */
export function weighPatterns(patterns: readonly TrainingPattern[], programs: readonly string[]): number[] {
  const weights = patterns.map(() => 0)
  for (const program of programs) {
    const shares = patterns.map((pattern) => binaryDigits(pattern.counts.get(program) ?? 0))
    const sum = shares.reduce((total, share) => total + share, 0)
    if (sum === 0) continue
    shares.forEach((share, index) => {
      weights[index]! += share / sum
    })
  }
  const median = [...weights].sort((a, b) => a - b)[weights.length >> 1]!
  const bounded = weights.map((weight) => Math.max(median / SPREAD, Math.min(median * SPREAD, weight)))
  const mean = bounded.reduce((total, weight) => total + weight, 0) / bounded.length
  return bounded.map((weight) => weight / mean)
}

/** Binary digits of a count, at most COUNT_BITS: the logarithm in whole numbers, the same on every machine. */
function binaryDigits(count: number): number {
  return 32 - Math.clz32(Math.min(count, 2 ** COUNT_BITS - 1))
}
