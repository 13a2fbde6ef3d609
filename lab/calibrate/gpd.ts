/**
 * Generalised Pareto distribution of excesses over a tail's start (Pickands 1975), fitted by maximum likelihood with
 * Grimshaw's reduction to one variable (Technometrics 35, 1993), as peaks over threshold in Siffer et al., "Anomaly
 * detection in streams with extreme value theory", KDD 2017.
 */

/** An amount above the tail's start, more than 0, and how often it came. */
export interface Excess {
  excess: number
  count: number
}

export interface TailShape {
  /** More than 0. */
  scale: number
  /** Above 0: heavy tail; 0: exponential; below 0: ends at scale / -shape. */
  shape: number
}

/** Below this shape the likelihood has no maximum inside (Grimshaw 1993); estimates are confined to above it. */
const LOWEST_SHAPE = -1

/** Points of the search on each side of the exponential; between them the maximum is refined. */
const STEPS = 200
const REFINEMENTS = 60

/** Significant digits kept, so that the last bits of a machine's logarithm do not reach the model file. */
const DIGITS = 6

/**
 * The most likely of three fits: maximum likelihood, the method of moments, the exponential.
 * @param excesses at least one
 */
export function fitTail(excesses: readonly Excess[]): TailShape {
  const exponential = { scale: meanOf(excesses), shape: 0 }
  const candidates = [exponential, byMoments(excesses), byLikelihood(excesses)]
  let best = exponential
  for (const candidate of candidates) {
    if (logLikelihood(excesses, candidate) > logLikelihood(excesses, best)) best = candidate
  }
  return { scale: rounded(best.scale), shape: rounded(best.shape) }
}

/** Sum of log densities; -Infinity where an excess is impossible. */
export function logLikelihood(excesses: readonly Excess[], { scale, shape }: TailShape): number {
  if (!(scale > 0)) return Number.NEGATIVE_INFINITY
  let sum = 0
  for (const { excess, count } of excesses) {
    if (shape === 0) sum -= count * (Math.log(scale) + excess / scale)
    else {
      const base = 1 + (shape * excess) / scale
      if (base <= 0) return Number.NEGATIVE_INFINITY
      sum -= count * (Math.log(scale) + (1 + 1 / shape) * Math.log(base))
    }
  }
  return sum
}

/** Share of excesses beyond this one. */
export function tailBeyond({ scale, shape }: TailShape, excess: number): number {
  if (shape === 0) return Math.exp(-excess / scale)
  const base = 1 + (shape * excess) / scale
  return base <= 0 ? 0 : base ** (-1 / shape)
}

/** The excess that this share (more than 0, at most 1) lies beyond. */
export function tailQuantile({ scale, shape }: TailShape, share: number): number {
  return shape === 0 ? -scale * Math.log(share) : (scale / shape) * (share ** -shape - 1)
}

/** Shape and scale from mean and variance (Hosking and Wallis 1987). */
function byMoments(excesses: readonly Excess[]): TailShape {
  const mean = meanOf(excesses)
  const count = excesses.reduce((sum, entry) => sum + entry.count, 0)
  const squares = excesses.reduce((sum, { excess, count }) => sum + count * (excess - mean) ** 2, 0)
  if (squares === 0) return { scale: mean, shape: 0 }
  const ratio = mean ** 2 / (squares / count)
  const shape = Math.max((1 - ratio) / 2, LOWEST_SHAPE)
  return { scale: mean * (1 - shape), shape }
}

/**
 * With theta = shape / scale the best shape is the mean of log(1 + theta * excess), so one variable is left. It is
 * searched on a grid from where the support ends to far into heavy tails, then refined by golden section.
 */
function byLikelihood(excesses: readonly Excess[]): TailShape {
  const mean = meanOf(excesses)
  const largest = excesses.reduce((max, { excess }) => Math.max(max, excess), 0)
  const at = (theta: number): TailShape => {
    if (theta === 0) return { scale: mean, shape: 0 }
    const count = excesses.reduce((sum, entry) => sum + entry.count, 0)
    const shape =
      excesses.reduce((sum, { excess, count }) => sum + count * Math.log1p(theta * excess), 0) / count
    return { scale: shape / theta, shape }
  }
  const worth = (theta: number): number => {
    const candidate = at(theta)
    return candidate.shape < LOWEST_SHAPE ? Number.NEGATIVE_INFINITY : logLikelihood(excesses, candidate)
  }
  // From just inside -1 / largest, where the support ends, up to 0; and from 0 to 100 / mean, evenly in the logarithm.
  const thetas = Array.from({ length: STEPS }, (_, step) => -(1 - 1e-9) * ((STEPS - step) / STEPS / largest))
  for (let step = 0; step <= STEPS; step++) thetas.push(10 ** (-4 + (6 * step) / STEPS) / mean)
  let best = 0
  thetas.forEach((theta, index) => {
    if (worth(theta) > worth(thetas[best]!)) best = index
  })
  const low = thetas[Math.max(0, best - 1)]!
  const high = thetas[Math.min(thetas.length - 1, best + 1)]!
  return at(goldenSection(low, high, worth))
}

/** Where a function with one peak between `low` and `high` is largest. */
function goldenSection(low: number, high: number, worth: (at: number) => number): number {
  const golden = (Math.sqrt(5) - 1) / 2
  let [from, to] = [low, high]
  for (let round = 0; round < REFINEMENTS; round++) {
    const left = to - golden * (to - from)
    const right = from + golden * (to - from)
    if (worth(left) < worth(right)) from = left
    else to = right
  }
  return (from + to) / 2
}

function meanOf(excesses: readonly Excess[]): number {
  let sum = 0
  let count = 0
  for (const entry of excesses) {
    sum += entry.excess * entry.count
    count += entry.count
  }
  return sum / count
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS))
}
