/** Intervals by drawing again, and the seeded random numbers that the bootstrap draws with. */

/** Both ends of an interval, included. */
export type Interval = readonly [low: number, high: number]

/** Numbers from 0 to less than 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** How often each of `count` things is drawn in `count` draws with replacement. */
export function drawCounts(count: number, random: () => number): Uint32Array {
  const drawn = new Uint32Array(count)
  for (let draw = 0; draw < count; draw++) drawn[Math.floor(random() * count)]! += 1
  return drawn
}

/** The value below which a share of the values lies, linearly interpolated; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
  const position = share * (sorted.length - 1)
  const below = Math.floor(position)
  const next = sorted[Math.min(below + 1, sorted.length - 1)]!
  return sorted[below]! + (next - sorted[below]!) * (position - below)
}

/** The middle 95% of bootstrap replicates. */
export function middle95(values: readonly number[]): Interval {
  return [quantile(values, 0.025), quantile(values, 0.975)]
}

/** Bootstrap replicates everywhere. */
export const REPLICATES = 200

/** Fewer groups than these say nothing about other groups. */
const ENOUGH_GROUPS = 10

/**
 * Percentile bootstrap 95% interval of a share whose observations come in groups that are not independent inside:
 * whole groups are drawn.
 * @param groups successes and trials, at least 1, of each group
 * @returns undefined of fewer than ten groups
 */
export function groupedInterval(
  groups: readonly { successes: number; trials: number }[],
  seed: number,
): Interval | undefined {
  if (groups.length < ENOUGH_GROUPS) return undefined
  const random = seededRandom(seed)
  const shares: number[] = []
  for (let replicate = 0; replicate < REPLICATES; replicate++) {
    let successes = 0
    let trials = 0
    drawCounts(groups.length, random).forEach((times, index) => {
      successes += times * groups[index]!.successes
      trials += times * groups[index]!.trials
    })
    shares.push(successes / trials)
  }
  return middle95(shares)
}
