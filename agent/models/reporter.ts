/** Least time between two reports, ms: a flood of refused messages must not become a flood of reports. */
const LEAST_PAUSE = 500

/** Announces at once, and when much changes only the last of it. */
export class Reporter {
  readonly #announce: () => void
  #last = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(announce: () => void) {
    this.#announce = announce
  }

  /** @returns false when a report is due already, which will tell of this, too */
  changed(): boolean {
    if (this.#timer !== undefined) return false
    const pause = this.#last + LEAST_PAUSE - performance.now()
    if (pause <= 0) this.#tell()
    else this.#timer = setTimeout(() => this.#tell(), pause)
    return true
  }

  /** Says what is still to be said. */
  stop(): void {
    if (this.#timer !== undefined) this.#tell()
  }

  #tell(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#last = performance.now()
    this.#announce()
  }
}
