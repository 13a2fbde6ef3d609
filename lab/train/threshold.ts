import { INPUT_BITS, maskBit } from '../../core/model-rules.js'

/** Random inputs whose losses show where chance begins. */
export const RANDOM_INPUTS = 10_000

/** Headroom over the highest clean loss: clean traffic will bring what no recording held. */
const MARGIN = 1.5

/** A single unfamiliar bit in clean traffic is no anomaly: so many of them in a thousand stay below the threshold. */
const ONE_BIT_QUANTILE = 0.9

/** So many random inputs in a thousand must stay above the threshold. */
const RANDOM_QUANTILE = 0.001

/** A network that reproduces everything still gets a threshold above zero. */
const LOWEST = 1e-3

/** Losses of the deployed arithmetic that a threshold is chosen by. */
export interface ThresholdLosses {
  /** Of training and held-out patterns. */
  clean: readonly number[]
  /** Of clean patterns with one bit changed. */
  oneBitChanged: readonly number[]
  /** Of uniformly random bytes. */
  random: readonly number[]
}

export interface Threshold {
  threshold: number
  /** How it was chosen, for people; stands in the model file. */
  method: string
}

/**
 * Chooses the threshold: the highest clean loss with headroom; but no lower than what most single unfamiliar bits
 * cost, since clean traffic brings those; and not within reach of random bytes, unless clean losses are.
 */
export function chooseThreshold({ clean, oneBitChanged, random }: ThresholdLosses): Threshold {
  const highest = Math.max(...clean)
  const oneBit = quantile(oneBitChanged, ONE_BIT_QUANTILE)
  const chance = quantile(random, RANDOM_QUANTILE)
  const wanted = Math.max(highest * MARGIN, oneBit, LOWEST)
  const threshold = Math.max(Math.min(wanted, chance), highest, LOWEST)
  return {
    threshold,
    method:
      `${MARGIN} times the highest clean loss (${highest.toFixed(6)}, training and held-out), at least the ` +
      `${ONE_BIT_QUANTILE} quantile of one changed bit (${oneBit.toFixed(6)}), at most the ` +
      `${RANDOM_QUANTILE} quantile of random bytes (${chance.toFixed(6)})`,
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) * share)]!
}

/** Every pattern with each of its unmasked bits changed, one at a time. */
export function changeOneBit(patterns: readonly Uint8Array[], inputMask: Uint8Array): Uint8Array[] {
  const changed: Uint8Array[] = []
  for (const pattern of patterns) {
    for (let bit = 0; bit < INPUT_BITS; bit++) {
      if (!maskBit(inputMask, bit)) continue
      const bytes = Uint8Array.from(pattern)
      bytes[bit >> 3]! ^= 0x80 >> (bit & 7)
      changed.push(bytes)
    }
  }
  return changed
}

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
