import { INPUT_BITS, maskBit } from '../../core/model-rules.js'
import type { TrainingPattern } from './training-data.js'

/** Counts beyond 2^10 add nothing to a pattern's weight. */
const COUNT_BITS = 10

/** A weight stays within this factor of the median, so that rare patterns are learnt and common ones do not rule. */
const SPREAD = 4

/** A pattern weighs at most so many times more for the rarest of its bit values. */
const MOST_FOR_RARITY = 40

/**
 * How much each pattern counts in training: by pattern and program, not by volume. Within a program a pattern
 * counts by the binary digits of its count; every program has the same share. Then a pattern weighs the more, the
 * rarer the rarest of its 64 bit values is. Mean 1.
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
  const raised = raiseRareBits(patterns, bounded)
  const mean = raised.reduce((total, weight) => total + weight, 0) / raised.length
  return raised.map((weight) => weight / mean)
}

/** Times (0.5 / share of the pattern's rarest bit value) to the power of 3/4, at most MOST_FOR_RARITY. */
function raiseRareBits(patterns: readonly TrainingPattern[], weights: readonly number[]): number[] {
  const shares = new Float64Array(2 * INPUT_BITS)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  patterns.forEach(({ bytes }, index) => {
    for (let bit = 0; bit < INPUT_BITS; bit++) shares[placeOf(bytes, bit)]! += weights[index]! / total
  })
  return patterns.map(({ bytes }, index) => {
    let rarest = 0.5
    for (let bit = 0; bit < INPUT_BITS; bit++) rarest = Math.min(rarest, shares[placeOf(bytes, bit)]!)
    // Square roots, because their results are the same on every machine.
    const root = Math.sqrt(0.5 / rarest)
    return weights[index]! * Math.min(MOST_FOR_RARITY, root * Math.sqrt(root))
  })
}

/** Where a pattern's value of a bit is counted. */
function placeOf(bytes: Uint8Array, bit: number): number {
  return 2 * bit + (maskBit(bytes, bit) ? 1 : 0)
}

/** Binary digits of a count, at most COUNT_BITS: the logarithm in whole numbers, the same on every machine. */
function binaryDigits(count: number): number {
  return 32 - Math.clz32(Math.min(count, 2 ** COUNT_BITS - 1))
}
