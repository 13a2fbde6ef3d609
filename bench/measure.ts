import { Bench } from 'tinybench'

/** Rounds' time that each alternative runs before it is measured, for the engine to optimise it. */
const WARM_UP = 3

/** One way to do the same work. */
export type Alternative = Work | TimedWork

interface Named {
  name: string
  /** Operations in the whole work, when it is not the comparison's. */
  operations?: number
}

export interface Work extends Named {
  /** Does the whole work once. */
  run(): void | Promise<void>
}

/** Work that is timed where it is done: in another process. */
export interface TimedWork extends Named {
  /** Seconds of the whole work done once: the median of what fits into so many milliseconds, at least once. */
  seconds(time: number): Promise<number>
}

export interface Figure {
  name: string
  /** Median over the rounds of operations per second. */
  perSecond: number
  /** Lowest and highest round, operations per second. */
  lowest: number
  highest: number
  /** Median over the rounds of this alternative's time divided by the first one's time in the same round; lower is faster. */
  ratio: number
  /** Seconds an operation, round by round. */
  seconds: number[]
}

/** How many times as much one alternative does as another in the same time: median, lowest and highest round. */
export interface Ratio {
  median: number
  lowest: number
  highest: number
}

export interface MeasureOptions {
  /** Operations in the whole work. */
  operations: number
  rounds: number
  /** Milliseconds for each alternative in each round. */
  time: number
}

/**
 * Measures alternatives side by side: in every round each of them runs for the same time, in turning order, so that
 * what disturbs the machine disturbs them alike. The first alternative is the one the ratios refer to.
 */
export async function compare(
  alternatives: readonly Alternative[],
  options: MeasureOptions,
): Promise<Figure[]> {
  for (const alternative of alternatives) await secondsOf(alternative, options.time * WARM_UP)
  const times = alternatives.map((): number[] => [])
  for (let round = 0; round < options.rounds; round++) {
    for (let turn = 0; turn < alternatives.length; turn++) {
      const index = (turn + round) % alternatives.length
      const alternative = alternatives[index]!
      const operations = alternative.operations ?? options.operations
      times[index]!.push((await secondsOf(alternative, options.time)) / operations)
    }
  }
  return alternatives.map(({ name }, index) => {
    const seconds = times[index]!
    const rates = seconds.map((second) => 1 / second)
    return {
      name,
      perSecond: median(rates),
      lowest: Math.min(...rates),
      highest: Math.max(...rates),
      ratio: median(seconds.map((second, round) => second / times[0]![round]!)),
      seconds,
    }
  })
}

/** How many times as much `ours` does as `rival`, of one comparison. */
export function speedup(ours: Figure, rival: Figure): Ratio {
  const ratios = rival.seconds.map((second, round) => second / ours.seconds[round]!)
  return { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) }
}

/** The one with the highest median rate. */
export function fastest(figures: readonly Figure[]): Figure | undefined {
  return [...figures].sort((a, b) => b.perSecond - a.perSecond)[0]
}

/** Median seconds of the whole work, from at least three where it is run here. */
async function secondsOf(alternative: Alternative, time: number): Promise<number> {
  if ('seconds' in alternative) return await alternative.seconds(time)
  const bench = new Bench({ time, iterations: 3, warmup: false, throws: true })
  bench.add(alternative.name, () => alternative.run())
  const result = (await bench.run())[0]!.result
  if (!('latency' in result)) throw new Error(`${alternative.name} was not measured: ${result.state}`)
  return result.latency.p50 / 1000
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
