/**
 * Population stability index (PSI) between the losses that a model was calibrated with and a site's: the sum over bins
 * of (site - calibration) * ln(site / calibration), with shares of either. Without any drift its mean is about
 * (bins - 1) * (1 / n + 1 / m) for n and m independent points (Yurdakul 2018): the noise.
 */

/** The usual marks: below the first nothing moved, above the second much did. */
export const MODERATE_DRIFT = 0.1
export const LARGE_DRIFT = 0.25

/** Bins end at these parts of the threshold; the last has no end. */
const BIN_ENDS = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1]

/** An empty bin counts as half a point, so that the index stays finite. */
const EMPTY_BIN = 0.5

export interface CountedLosses {
  losses: readonly number[]
  counts: readonly number[]
}

export interface Drift {
  psi: number
  /** What chance alone would give. */
  noise: number
  verdict: 'stable' | 'moderate' | 'large' | 'too few to tell'
}

/** @param threshold the one that both were or are judged by; bins are parts of it */
export function driftBetween(calibration: CountedLosses, site: CountedLosses, threshold: number): Drift {
  const [expected, found] = [binned(calibration, threshold), binned(site, threshold)]
  const used = expected.counts.map((count, bin) => count > 0 || found.counts[bin]! > 0)
  let psi = 0
  expected.counts.forEach((count, bin) => {
    if (!used[bin]) return
    const before = Math.max(count, EMPTY_BIN) / expected.total
    const now = Math.max(found.counts[bin]!, EMPTY_BIN) / found.total
    psi += (now - before) * Math.log(now / before)
  })
  const bins = used.filter(Boolean).length
  const noise = Math.max(0, bins - 1) * (1 / expected.total + 1 / found.total)
  return { psi, noise, verdict: verdictOf(psi, noise) }
}

function verdictOf(psi: number, noise: number): Drift['verdict'] {
  if (noise >= MODERATE_DRIFT) return 'too few to tell'
  if (psi < MODERATE_DRIFT) return 'stable'
  return psi < LARGE_DRIFT ? 'moderate' : 'large'
}

function binned({ losses, counts }: CountedLosses, threshold: number): { counts: number[]; total: number } {
  const bins = new Array<number>(BIN_ENDS.length + 1).fill(0)
  losses.forEach((loss, index) => {
    const bin = BIN_ENDS.findIndex((end) => loss <= end * threshold)
    bins[bin === -1 ? BIN_ENDS.length : bin]! += counts[index]!
  })
  return { counts: bins, total: bins.reduce((sum, count) => sum + count, 0) }
}
