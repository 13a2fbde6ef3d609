import type { JudgedStream } from './judge.js'
import { drawCounts, type Interval, middle95, REPLICATES, seededRandom } from './statistics.js'

/** A point of a curve, and the middle 95% of what drawing whole captures makes of its height. */
export interface CurvePoint {
  x: number
  y: number
  band: Interval
}

/** How well the model's loss, as a multiple of its context's threshold, orders attack above clean streams. */
export interface Curves {
  /** x: share of clean streams above a cut, y: share of attack streams above it. */
  roc: CurvePoint[]
  /** x: share of attack streams above a cut, y: share of those above it that are attacks, at this data's mixture. */
  precisionRecall: CurvePoint[]
  /** Area under the ROC curve: chance that a random attack stream's loss exceeds a random clean one's; ties half. */
  area: number
  areaBand: Interval
  /** Where the threshold itself lies. */
  operatingPoint: { falseAlarmShare: number; foundShare: number; precision: number }
}

/** Losses are binned by the logarithm of loss / threshold: 50 bins a decade, from a millionth to a million. */
const BINS_PER_DECADE = 50
const DECADES = 6
const ABOVE = BINS_PER_DECADE * DECADES
const BINS = 2 * ABOVE

/** False-alarm shares that the ROC curve is drawn at: 0, then ten a decade from a millionth to 1. */
export const ROC_GRID = [0, ...Array.from({ length: 61 }, (_, index) => 10 ** (index / 10 - 6))]

/** Found shares that the precision-recall curve is drawn at: closer together from 0.9 on, where it bends. */
export const RECALL_GRID = [
  ...Array.from({ length: 45 }, (_, index) => index / 50),
  ...Array.from({ length: 51 }, (_, index) => (450 + index) / 500),
]

/** Streams by bin. */
type Histogram = Map<number, number>

/** @returns undefined when one of the classes is missing */
export function curvesOf(streams: readonly JudgedStream[], seed: number): Curves | undefined {
  const clean = histogramsByCapture(streams, 'clean')
  const attack = histogramsByCapture(streams, 'attack')
  if (clean.length === 0 || attack.length === 0) return undefined
  const once = (histograms: Histogram[]) => new Uint32Array(histograms.length).fill(1)
  const whole = new Cumulative(clean, once(clean), attack, once(attack))

  const random = seededRandom(seed)
  const drawn = Array.from(
    { length: REPLICATES },
    () => new Cumulative(clean, drawCounts(clean.length, random), attack, drawCounts(attack.length, random)),
  )
  const curve = (grid: readonly number[], heights: (of: Cumulative) => number[]): CurvePoint[] => {
    const own = heights(whole)
    const others = drawn.map(heights)
    return grid.map((x, index) => ({
      x,
      y: own[index]!,
      band: middle95(others.map((other) => other[index]!)),
    }))
  }
  return {
    roc: curve(ROC_GRID, (of) => of.foundAt(ROC_GRID)),
    precisionRecall: curve(RECALL_GRID, (of) => of.precisionAt(RECALL_GRID)),
    area: whole.area(),
    areaBand: middle95(drawn.map((of) => of.area())),
    operatingPoint: whole.operatingPoint(),
  }
}

/** Which bin a loss falls into; the bins from ABOVE on are those above the threshold. */
export function binOf({ loss, threshold, flagged }: JudgedStream['score']): number {
  const bin = Math.floor(Math.log10(loss / threshold) * BINS_PER_DECADE) + ABOVE
  return flagged ? Math.min(Math.max(bin, ABOVE), BINS - 1) : Math.min(Math.max(bin, 0), ABOVE - 1)
}

function histogramsByCapture(streams: readonly JudgedStream[], streamClass: 'clean' | 'attack'): Histogram[] {
  const captures = new Map<string, Histogram>()
  for (const stream of streams) {
    if (stream.streamClass !== streamClass) continue
    const histogram = captures.get(stream.capture) ?? new Map<number, number>()
    captures.set(stream.capture, histogram)
    const bin = binOf(stream.score)
    histogram.set(bin, (histogram.get(bin) ?? 0) + stream.count)
  }
  return [...captures.values()]
}

/** Shares of both classes at or above each bin, for one drawing of captures. */
class Cumulative {
  /** [bin]: share at or above it; one entry more, 0. */
  readonly #clean: Float64Array
  readonly #attack: Float64Array
  readonly #cleanTotal: number
  readonly #attackTotal: number

  constructor(clean: Histogram[], cleanTimes: Uint32Array, attack: Histogram[], attackTimes: Uint32Array) {
    ;[this.#clean, this.#cleanTotal] = sharesAbove(clean, cleanTimes)
    ;[this.#attack, this.#attackTotal] = sharesAbove(attack, attackTimes)
  }

  /** Highest found share that costs at most each false-alarm share; the grid ascends. */
  foundAt(grid: readonly number[]): number[] {
    let bin = BINS
    return grid.map((most) => {
      while (bin > 0 && this.#clean[bin - 1]! <= most) bin--
      return this.#attack[bin]!
    })
  }

  /** Highest precision with at least each found share; the grid ascends. */
  precisionAt(grid: readonly number[]): number[] {
    const heights = new Array<number>(grid.length).fill(0)
    let best = 0
    let bin = 0
    // Lower cuts find more; the best of them that finds enough counts.
    for (let index = grid.length - 1; index >= 0; index--) {
      for (; bin <= BINS && this.#attack[bin]! >= grid[index]!; bin++)
        best = Math.max(best, this.#precision(bin))
      heights[index] = best
    }
    return heights
  }

  area(): number {
    let area = 0
    for (let bin = 0; bin < BINS; bin++) {
      const clean = this.#clean[bin]! - this.#clean[bin + 1]!
      area += (clean * (this.#attack[bin]! + this.#attack[bin + 1]!)) / 2
    }
    return area
  }

  operatingPoint(): Curves['operatingPoint'] {
    return {
      falseAlarmShare: this.#clean[ABOVE]!,
      foundShare: this.#attack[ABOVE]!,
      precision: this.#precision(ABOVE),
    }
  }

  /** 1 where nothing is above the cut. */
  #precision(bin: number): number {
    const right = this.#attack[bin]! * this.#attackTotal
    const wrong = this.#clean[bin]! * this.#cleanTotal
    return right + wrong === 0 ? 1 : right / (right + wrong)
  }
}

function sharesAbove(histograms: Histogram[], times: Uint32Array): [Float64Array, number] {
  const shares = new Float64Array(BINS + 1)
  histograms.forEach((histogram, index) => {
    for (const [bin, count] of histogram) shares[bin]! += count * times[index]!
  })
  for (let bin = BINS - 1; bin >= 0; bin--) shares[bin]! += shares[bin + 1]!
  const total = shares[0]!
  if (total > 0) for (let bin = 0; bin < BINS; bin++) shares[bin]! /= total
  return [shares, total]
}
