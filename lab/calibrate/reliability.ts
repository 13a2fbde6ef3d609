import { confidenceOf } from '../../core/assurance.js'
import { type AttackLosses, fitConfidence } from './confidence.js'
import type { CountedLosses } from './drift.js'

/** Bins of the diagram, of equal width. */
const BINS = 10

/** Parts that clean losses are left out in, so that no curve is asked about what it was fitted to. */
const CLEAN_PARTS = 10

/** What a curve said of a loss that it was not fitted to. */
export interface Prediction {
  label: string
  attack: boolean
  loss: number
  stated: number
  /** Patterns with that loss. */
  patterns: number
  /** Share of the labelled traffic: every label weighs alike, and clean traffic as much as all of them. */
  weight: number
}

/** One bar of a reliability diagram. */
export interface Bin {
  stated: number
  observed: number
  weight: number
}

/**
 * Asks about every label a curve that was fitted without it, and about every tenth of the clean losses one that was
 * fitted without that tenth.
 * @param attacks at least two labels
 */
export function crossPredict(clean: CountedLosses, attacks: readonly AttackLosses[]): Prediction[] {
  const predictions: Prediction[] = []
  for (const { label, losses } of attacks) {
    const curve = fitConfidence(
      clean,
      attacks.filter((other) => other.label !== label),
    )
    const weight = 1 / losses.length / (2 * attacks.length)
    for (const loss of losses) {
      const stated = confidenceOf({ confidence: curve }, loss)!
      predictions.push({ label, attack: true, loss, stated, patterns: 1, weight })
    }
  }
  const total = clean.counts.reduce((sum, count) => sum + count, 0)
  const parts = Math.min(CLEAN_PARTS, clean.losses.length)
  for (let part = 0; part < parts; part++) {
    const kept = clean.losses
      .map((_, index) => index)
      .filter((index) => parts === 1 || index % parts !== part)
    const curve = fitConfidence(
      {
        losses: kept.map((index) => clean.losses[index]!),
        counts: kept.map((index) => clean.counts[index]!),
      },
      attacks,
    )
    for (let index = part; index < clean.losses.length; index += parts) {
      const patterns = clean.counts[index]!
      const loss = clean.losses[index]!
      const stated = confidenceOf({ confidence: curve }, loss)!
      predictions.push({ label: '', attack: false, loss, stated, patterns, weight: patterns / total / 2 })
    }
  }
  return predictions
}

/** Mean squared difference between what was stated and what was so (Brier 1950), 0 to 1. */
export function brierScore(predictions: readonly Prediction[]): number {
  let sum = 0
  let weights = 0
  for (const { stated, attack, weight } of predictions) {
    sum += weight * (stated - (attack ? 1 : 0)) ** 2
    weights += weight
  }
  return sum / weights
}

/** The reliability diagram: where stated and observed shares are alike, probabilities mean what they say. */
export function reliabilityOf(predictions: readonly Prediction[]): Bin[] {
  const sums = Array.from({ length: BINS }, () => ({ stated: 0, observed: 0, weight: 0 }))
  for (const { stated, attack, weight } of predictions) {
    const bin = sums[Math.min(BINS - 1, Math.floor(stated * BINS))]!
    bin.stated += weight * stated
    bin.observed += attack ? weight : 0
    bin.weight += weight
  }
  return sums
    .filter(({ weight }) => weight > 0)
    .map(({ stated, observed, weight }) => ({
      stated: Math.min(1, stated / weight),
      observed: Math.min(1, observed / weight),
      weight: Math.min(1, weight),
    }))
}
