import type { firsteight } from '../../generated/messages.js'
import type { CountedLosses } from './drift.js'
import { type Excess, fitTail, tailBeyond, tailQuantile } from './gpd.js'

/** The tail begins at this quantile of the losses, or at the first lower one that leaves enough of them above. */
const TAIL_STARTS = [0.98, 0.95, 0.9, 0.8]

/** A tail is fitted to at least so many different losses: fewer say nothing of its shape. */
const LEAST_DIFFERENT = 10

/** Headroom over the highest loss where no tail can be fitted. */
const MARGIN = 1.1

/** A threshold stays at most this part of the lowest of the attacks' losses (docs/decisions/0043). */
const GAP_SHARE = 0.9

/** Where attacks lie among clean losses, so many clean streams of a million may be flagged for their sake. */
const OVERLAP_PER_MILLION = 300

/** A network that reproduces everything still gets a threshold above zero. */
const LOWEST = 1e-3

/** The lowest threshold that keeps a false-alarm budget. */
export interface BudgetThreshold {
  threshold: number
  /** There are too few losses to show a rate that low: the fitted tail stands in, or a margin where it is absent. */
  extrapolated: boolean
  tail: firsteight.v1.Tail.$Properties | undefined
}

/**
 * The conformal quantile where there are enough losses: the lowest threshold above which clean traffic comes at most
 * at the budget's rate, (1 + losses above) / (losses + 1) <= budget. Else the tail fitted to the highest losses
 * (peaks over threshold, Siffer et al. 2017), never below the highest loss.
 * @param clean losses ascending, each once
 * @param perMillion false alarms allowed of a million clean streams, more than 0
 */
export function thresholdForBudget(clean: CountedLosses, perMillion: number): BudgetThreshold {
  const { losses, counts } = clean
  const total = sum(counts)
  const budget = perMillion / 1e6
  const highest = losses.at(-1)!
  const tail = tailOf(clean)
  if (1 / (total + 1) <= budget) {
    let above = 0
    let index = losses.length - 1
    while (index > 0 && (1 + above + counts[index]!) / (total + 1) <= budget) above += counts[index--]!
    return { threshold: Math.max(losses[index]!, LOWEST), extrapolated: false, tail }
  }
  const reach = tail
    ? tail.start! +
      tailQuantile({ scale: tail.scale!, shape: tail.shape! }, (budget * total) / tail.excesses!)
    : highest * MARGIN
  return { threshold: Math.max(rounded(reach), highest, LOWEST), extrapolated: true, tail }
}

/** Clean streams above a threshold, of a million: counted where there are any, else by the fitted tail. */
export function expectedFalseAlarms(
  { losses, counts }: CountedLosses,
  tail: firsteight.v1.Tail.$Properties | undefined,
  threshold: number,
): number {
  const total = sum(counts)
  const above = sum(counts.filter((_, index) => losses[index]! > threshold))
  if (above > 0 || !tail) return ((1 + above) / (total + 1)) * 1e6
  const beyond = tailBeyond({ scale: tail.scale!, shape: tail.shape! }, threshold - tail.start!)
  return (tail.excesses! / total) * beyond * 1e6
}

/**
 * The loss that at most 300 clean streams of a million exceed; the highest, where there are too few to show that.
 * @param clean losses ascending, each once, counted by stream
 */
export function overlapLimit(clean: CountedLosses): number {
  const { threshold, extrapolated } = thresholdForBudget(clean, OVERLAP_PER_MILLION)
  return extrapolated ? clean.losses.at(-1)! : threshold
}

/** Where a threshold was put, and what was in the way. */
export interface Placement {
  threshold: number
  /**
   * `kept`: it was fine. `raised`: for the budget. `lowered`: to stay below the attacks. `gap`: the budget asks for
   * more than attacks allow, so as high as they allow. `overlap`: attacks lie among clean losses.
   */
  how: 'kept' | 'raised' | 'lowered' | 'gap' | 'overlap'
}

/** What a threshold is placed by, all in units of the loss. */
export interface Bounds {
  /** The threshold before. */
  current: number
  /** Lowest threshold that keeps the budget. */
  budget: number
  /** Lowest loss from which on a stream is more likely an attack; undefined when there is none. */
  attacksFrom: number | undefined
  /** Losses of attacks, in any order; undefined where only the confidence curve is known, as at a site. */
  attacks: readonly number[] | undefined
  /** As `overlapLimit` gives it. */
  limit: number
  /** Highest loss of a clean pattern that the network learnt from. */
  learnt: number
}

/**
 * Puts the threshold between clean losses and attacks' losses. Where the budget can be kept below the attacks, a
 * threshold that is there stays, and one that is not moves no further than it must. Where it cannot, the whole gap
 * between what was learnt and the attacks is used. Where there is none, attacks come before the budget, but neither
 * before 300 clean streams of a million nor before a clean pattern that was learnt: attacks below those are given up,
 * and the gap is the one above them.
 */
export function placeThreshold(bounds: Bounds): Placement {
  const { current, budget, attacksFrom, attacks, limit, learnt } = bounds
  const ceiling = attacksFrom === undefined ? Number.POSITIVE_INFINITY : below(attacksFrom)
  if (budget > ceiling) {
    if (learnt <= ceiling) return { threshold: ceiling, how: 'gap' }
    const least = Math.max(Math.min(limit, current), learnt)
    const above = attacks?.filter((loss) => loss > least) ?? []
    const highest = above.length === 0 ? least : below(Math.min(...above))
    return { threshold: Math.max(least, Math.min(budget, highest)), how: 'overlap' }
  }
  if (current < budget) return { threshold: budget, how: 'raised' }
  if (current > ceiling) return { threshold: ceiling, how: 'lowered' }
  return { threshold: current, how: 'kept' }
}

/** As near to the attacks as a threshold may come. */
function below(attacksFrom: number): number {
  return Math.max(attacksFrom * GAP_SHARE, LOWEST)
}

/** The tail of the highest losses; undefined when too few differ. */
function tailOf(clean: CountedLosses): firsteight.v1.Tail.$Properties | undefined {
  for (const share of TAIL_STARTS) {
    const start = quantile(clean, share)
    const excesses: Excess[] = []
    clean.losses.forEach((loss, index) => {
      if (loss > start) excesses.push({ excess: loss - start, count: clean.counts[index]! })
    })
    if (excesses.length < LEAST_DIFFERENT) continue
    return { start, ...fitTail(excesses), excesses: sum(excesses.map(({ count }) => count)) }
  }
  return undefined
}

/** The lowest loss that at least this share of all counts does not exceed. */
function quantile({ losses, counts }: CountedLosses, share: number): number {
  const wanted = share * sum(counts)
  let seen = 0
  const index = counts.findIndex((count) => {
    seen += count
    return seen >= wanted
  })
  return losses[index]!
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** Six digits, so that the last bits of a machine's power function do not reach the model file. */
function rounded(value: number): number {
  return Number(value.toPrecision(6))
}
