import { Bench } from 'tinybench'

/** One way to do the same work. */
export interface Alternative {
  name: string
  /** Does the whole work once. */
  run(): void
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
}

export interface MeasureOptions {
  /** Operations in one `run()`. */
  operations: number
  rounds: number
  /** Milliseconds for each alternative in each round. */
  time: number
}

/**
 * Measures alternatives side by side: in every round each of them runs for the same time, in turning order, so that
 * what disturbs the machine disturbs them alike. The first alternative is the one the ratios refer to.
 */
export function compare(alternatives: readonly Alternative[], options: MeasureOptions): Figure[] {
  for (const alternative of alternatives) secondsOf(alternative, options.time)
  const times = alternatives.map((): number[] => [])
  for (let round = 0; round < options.rounds; round++) {
    for (let turn = 0; turn < alternatives.length; turn++) {
      const index = (turn + round) % alternatives.length
      times[index]!.push(secondsOf(alternatives[index]!, options.time))
    }
  }
  return alternatives.map(({ name }, index) => {
    const rates = times[index]!.map((seconds) => options.operations / seconds)
    return {
      name,
      perSecond: median(rates),
      lowest: Math.min(...rates),
      highest: Math.max(...rates),
      ratio: median(times[index]!.map((seconds, round) => seconds / times[0]![round]!)),
    }
  })
}

/** Median seconds of one `run()`, from at least three. */
function secondsOf(alternative: Alternative, time: number): number {
  const bench = new Bench({ time, iterations: 3, warmup: false, throws: true })
  bench.add(alternative.name, () => alternative.run())
  const result = bench.runSync()[0]!.result
  if (!('latency' in result)) throw new Error(`${alternative.name} was not measured: ${result.state}`)
  return result.latency.p50 / 1000
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
