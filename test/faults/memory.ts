/** The spool's tables: offset, time and state of each alert that waits (agent/link/spool/segment.ts). */
const BYTES_PER_WAITING_ALERT = 13
/**
 * What else may come and go, however many wait: the young heap, the old one between two collections, the segment that
 * a start reads, and buffers on their way to broker and disk. Half of what 100,000 alerts would take in memory.
 */
const SLACK_BYTES = 48e6
/** Until so many wait, a writer takes what the program itself takes. */
const FEW = 10_000
/** A process that has just begun is still loading. */
const SETTLED_MILLISECONDS = 2000

/** Resident memory of a writer over a run, in bytes. */
export class ResidentMemory {
  readonly #samples: number[] = []
  readonly #began = performance.now()
  /** Highest before many waited for the first time. */
  #first = 0
  #most = 0

  take(residentBytes: number, waiting: number): void {
    this.#most = Math.max(this.#most, waiting)
    if (this.#most < FEW) this.#first = Math.max(this.#first, residentBytes)
    if (performance.now() - this.#began > SETTLED_MILLISECONDS) this.#samples.push(residentBytes)
  }

  /** Highest before many waited; median and highest from two seconds after the start on; MB. */
  get figures(): { first: number; median: number; highest: number } {
    const sorted = [...this.#samples].sort((a, b) => a - b)
    const megabytes = (bytes = 0) => Math.round(bytes / 1e6)
    return {
      first: megabytes(this.#first),
      median: megabytes(sorted[sorted.length >> 1]),
      highest: megabytes(sorted.at(-1)),
    }
  }

  /** What is wrong with it; undefined when memory stayed flat. */
  get complaint(): string | undefined {
    const bound = this.#first + SLACK_BYTES + BYTES_PER_WAITING_ALERT * this.#most
    const highest = Math.max(0, ...this.#samples)
    if (highest <= bound) return undefined
    const megabytes = (bytes: number) => Math.round(bytes / 1e6)
    return `${megabytes(highest)} MB of memory with ${this.#most} alerts waiting, more than ${megabytes(bound)}`
  }
}
