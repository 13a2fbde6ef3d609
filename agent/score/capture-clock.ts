/**
 * What time it is in the capture: live it runs with the wall clock, in a replay it is the recording's. Between packets
 * it goes on at the wall clock's pace, so that windows close and idle streams end on a silent link, too.
 */
export class CaptureClock {
  readonly #latestTime: () => number
  readonly #wall: () => number
  #latest = 0
  #seenAt = 0

  /**
   * @param latestTime latest capture time, microseconds since 1970; 0 when there was no packet yet
   * @param wall a clock in milliseconds that never steps back
   */
  constructor(latestTime: () => number, wall: () => number = () => performance.now()) {
    this.#latestTime = latestTime
    this.#wall = wall
  }

  /** Microseconds since 1970, or undefined before the first packet. */
  now(): number | undefined {
    const latest = this.#latestTime()
    if (latest === 0) return undefined
    const wall = this.#wall()
    if (latest !== this.#latest) {
      this.#latest = latest
      this.#seenAt = wall
    }
    return latest + (wall - this.#seenAt) * 1000
  }
}
