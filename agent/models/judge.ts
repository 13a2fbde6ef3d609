import type { RolloutBounds } from '../../core/model-manifest.js'
import type { ContextFigures, ShadowFigures, WatchFigures } from '../../core/model-report.js'
import type { ScoreCounts } from './engine.js'

/** Streams and the anomalous ones among them. */
export interface Rate {
  streams: number
  anomalies: number
}

export type Verdict = 'good' | 'open' | { outOfBounds: string }

/** @param figures of a shadow that has run for `figures.seconds` */
export function judgeShadow(figures: ShadowFigures, bounds: RolloutBounds): Verdict {
  const sum = (of: Exclude<keyof ContextFigures, 'context'>) =>
    figures.contexts.reduce((total, context) => total + context[of], 0)
  const streams = sum('streams')
  if (streams < bounds.minimumStreams) return 'open'
  const active = { streams, anomalies: sum('activeAnomalies') }
  const problem = compare(active, { streams, anomalies: sum('candidateAnomalies') }, bounds)
  if (problem !== undefined) return { outOfBounds: problem }
  return figures.seconds >= bounds.shadowSeconds ? 'good' : 'open'
}

/**
 * @param figures since the switch
 * @param last of the last interval alone: a model may go wrong late
 */
export function judgeWatch(figures: WatchFigures, last: Rate, bounds: RolloutBounds): Verdict {
  const { intervals, streams, anomalies, faults, starts } = figures
  if (faults > bounds.maximumFaults) {
    return {
      outOfBounds: `${faults} alerts could not be made or published; ${bounds.maximumFaults} are allowed`,
    }
  }
  if (starts > bounds.maximumStarts) {
    return { outOfBounds: `the agent was started ${starts} times; ${bounds.maximumStarts} are allowed` }
  }
  const baseline = { streams: figures.baselineStreams, anomalies: figures.baselineAnomalies }
  for (const rate of [last, { streams, anomalies }]) {
    if (rate.streams < bounds.minimumStreams) continue
    const problem = compare(baseline, rate, bounds)
    if (problem !== undefined) return { outOfBounds: problem }
  }
  return intervals >= bounds.watchIntervals ? 'good' : 'open'
}

function compare(before: Rate, now: Rate, bounds: RolloutBounds): string | undefined {
  const [was, is] = [shareOf(before), shareOf(now)]
  const figures = `${percent(is)} of ${now.streams} streams are anomalous, ${percent(was)} with the active model`
  if (is - was > bounds.maximumIncrease) {
    return `${figures}: ${percent(is - was)} more; ${percent(bounds.maximumIncrease)} are allowed`
  }
  if (was - is > bounds.maximumDecrease) {
    return `${figures}: ${percent(was - is)} less; ${percent(bounds.maximumDecrease)} are allowed`
  }
  return undefined
}

function shareOf({ streams, anomalies }: Rate): number {
  return streams === 0 ? 0 : anomalies / streams
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))}%`
}

/** Rates of the last metric intervals. */
export class RecentRates {
  readonly #most: number
  #counts: ScoreCounts
  readonly #rates: Rate[] = []

  /** @param most how many intervals are kept */
  constructor(counts: ScoreCounts, most = 10) {
    this.#counts = counts
    this.#most = most
  }

  /** An interval has ended with these counts. Returns its rate. */
  end(counts: ScoreCounts): Rate {
    const rate = rateBetween(this.#counts, counts)
    this.#counts = counts
    this.#rates.push(rate)
    if (this.#rates.length > this.#most) this.#rates.shift()
    return rate
  }

  /** Of the intervals that are kept and the one under way. */
  sum(counts: ScoreCounts): Rate {
    const all = [...this.#rates, rateBetween(this.#counts, counts)]
    return {
      streams: all.reduce((total, { streams }) => total + streams, 0),
      anomalies: all.reduce((total, { anomalies }) => total + anomalies, 0),
    }
  }

  /** Another model scores from now on. */
  restart(counts: ScoreCounts): void {
    this.#rates.length = 0
    this.#counts = counts
  }
}

function rateBetween(before: ScoreCounts, after: ScoreCounts): Rate {
  return { streams: after.streams - before.streams, anomalies: after.anomalies - before.anomalies }
}
