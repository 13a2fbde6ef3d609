/** The spool's tables: offset, time and state of each alert that waits (agent/link/spool/segment.ts). */
const BYTES_PER_WAITING_ALERT = 13
/**
 * What else may come and go, however many wait: the young heap, the old one between two collections, the segment that
 * a start reads, and buffers on their way to broker and disk.
 */
const SLACK_BYTES = 32e6
/** A process that has just begun is still loading. */
const SETTLED_MILLISECONDS = 2000

/** Resident memory of a writer over a run, in bytes. */
export class ResidentMemory {
  readonly #samples: number[] = []
  readonly #began = performance.now()
  /** Highest before it counts as settled: what the program itself takes. */
  #base: number | undefined
  #mostWaiting = 0

  take(residentBytes: number, waiting: number): void {
    if (this.#base === undefined || performance.now() - this.#began < SETTLED_MILLISECONDS) {
      this.#base = Math.max(this.#base ?? 0, residentBytes)
      return
    }
    this.#samples.push(residentBytes)
    this.#mostWaiting = Math.max(this.#mostWaiting, waiting)
  }

  /** At first, and later the median and the highest, MB. */
  get figures(): { first: number; median: number; highest: number } {
    const sorted = [...this.#samples].sort((a, b) => a - b)
    const megabytes = (bytes = this.#base ?? 0) => Math.round(bytes / 1e6)
    return {
      first: megabytes(this.#base),
      median: megabytes(sorted[sorted.length >> 1]),
      highest: megabytes(sorted.at(-1)),
    }
  }

  /** What is wrong with it; undefined when memory stayed flat. */
  get complaint(): string | undefined {
    const bound = (this.#base ?? 0) + SLACK_BYTES + BYTES_PER_WAITING_ALERT * this.#mostWaiting
    const highest = Math.max(0, ...this.#samples)
    if (highest <= bound) return undefined
    const megabytes = (bytes: number) => Math.round(bytes / 1e6)
    return `${megabytes(highest)} MB of memory with ${this.#mostWaiting} alerts waiting, more than ${megabytes(bound)}`
  }
}
