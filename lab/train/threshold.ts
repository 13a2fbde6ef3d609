import { INPUT_BITS, maskBit } from '../../core/model-rules.js'
import { changeBit } from './bit-freedom.js'

/** Random inputs whose losses show where chance begins. */
export const RANDOM_INPUTS = 10_000

/** Headroom over the highest clean loss. */
const MARGIN = 1.1

/**
 * Held-out losses up to this quantile count as clean. Those above belong to patterns that one program alone sends;
 * the network that is kept has learnt them.
 */
const HELD_OUT_QUANTILE = 0.99

/** What it costs to change a bit that clean traffic never changes: this quantile over all changes of one bit. */
const ONE_BIT_QUANTILE = 0.9

/** The threshold stays this far below that cost, where clean losses allow. */
const ONE_BIT_SHARE = 0.5

/** At most this share of random inputs may stay below the threshold, where clean losses allow. */
const RANDOM_QUANTILE = 0.001

/** A network that reproduces everything still gets a threshold above zero. */
const LOWEST = 1e-3

/** Losses of the deployed arithmetic that a threshold is chosen by. */
export interface ThresholdLosses {
  /** Of every pattern trained on. */
  training: readonly number[]
  /** Of held-out patterns, by networks that did not learn from their program; may be empty. */
  heldOut: readonly number[]
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
 * Chooses the threshold: as high as possible while a bit that clean traffic never changes is noticed, yet above all
 * clean losses with headroom, and not within reach of random bytes unless clean losses are.
 */
export function chooseThreshold({ training, heldOut, oneBitChanged, random }: ThresholdLosses): Threshold {
  const trained = Math.max(...training)
  const unseen = heldOut.length === 0 ? 0 : quantile(heldOut, HELD_OUT_QUANTILE)
  const oneBit = quantile(oneBitChanged, ONE_BIT_QUANTILE)
  const chance = quantile(random, RANDOM_QUANTILE)
  const clean = Math.max(trained, unseen)
  const wanted = Math.max(clean * MARGIN, oneBit * ONE_BIT_SHARE)
  const threshold = Math.max(Math.min(wanted, chance), clean, LOWEST)
  return {
    threshold,
    method:
      `the larger of ${ONE_BIT_SHARE} times the ${ONE_BIT_QUANTILE} quantile of one changed bit ` +
      `(${oneBit.toFixed(6)}) and ${MARGIN} times the highest clean loss (training ${trained.toFixed(6)}, ` +
      `held-out ${HELD_OUT_QUANTILE} quantile ${unseen.toFixed(6)}), at most the ` +
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
      changed.push(changeBit(pattern, bit))
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
