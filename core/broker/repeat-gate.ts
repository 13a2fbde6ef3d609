const FIRST_INTERVAL_MILLISECONDS = 60_000
const LONGEST_INTERVAL_MILLISECONDS = 3_600_000

/**
 * Decides whether a recurring complaint is worth a log line: at once when its reason is new,
 * then after one minute, two, four, up to one an hour.
 */
export class RepeatGate {
  #reason: string | undefined
  #interval = 0
  #nextTime = 0

  /** @param now milliseconds on any clock that never runs backwards */
  allows(reason: string, now: number): boolean {
    if (reason !== this.#reason) {
      this.#reason = reason
      this.#interval = FIRST_INTERVAL_MILLISECONDS
    } else if (now >= this.#nextTime) {
      this.#interval = Math.min(2 * this.#interval, LONGEST_INTERVAL_MILLISECONDS)
    } else {
      return false
    }
    this.#nextTime = now + this.#interval
    return true
  }

  /** What was complained about is over: its return is new. */
  clear(): void {
    this.#reason = undefined
  }
}
