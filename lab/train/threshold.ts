/** Random inputs whose losses show where chance begins. */
export const RANDOM_INPUTS = 10_000

/** One in this many random inputs may lie below the upper end of the gap. */
const RANDOM_QUANTILE = 1000

export interface Threshold {
  threshold: number
  /** How it was chosen, for people; stands in the model file. */
  method: string
}

/**
 * Chooses the threshold in the gap between clean losses and those of random bytes: the geometric mean of the
 * highest clean loss and the loss that all but one in a thousand random inputs exceed. So clean traffic may rise
 * by the same factor above anything seen as random bytes may fall below, before either is judged wrong.
 * @param clean losses of training and held-out patterns, of the deployed arithmetic
 * @param random losses of uniformly random bytes
 */
export function chooseThreshold(clean: readonly number[], random: readonly number[]): Threshold {
  const highest = Math.max(...clean)
  const sorted = [...random].sort((a, b) => a - b)
  const chance = sorted[Math.floor(sorted.length / RANDOM_QUANTILE)]!
  const threshold = Math.sqrt(Math.max(highest, LOWEST_LOSS) * Math.max(chance, highest))
  return {
    threshold,
    method:
      `geometric mean of the highest clean loss ${highest.toFixed(6)} (training and held-out) ` +
      `and the 1/${RANDOM_QUANTILE} quantile of random bytes' losses ${chance.toFixed(6)}`,
  }
}

/** Clean losses below this are rounding: a network that reproduces everything still gets a threshold above zero. */
const LOWEST_LOSS = 1e-3

/** Uniformly random eight bytes, the same for the same seed on every machine (xorshift32, Marsaglia 2003). */
export function randomInputs(count: number, seed: number): Uint8Array[] {
  let state = seed >>> 0 || 1
  return Array.from({ length: count }, () =>
    Uint8Array.from({ length: 8 }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state >>> 24
    }),
  )
}
