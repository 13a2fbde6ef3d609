/** So much may be made up for after a pause: timers come late. */
const BURST_MILLISECONDS = 25

/** Spreads events evenly: so many a second. */
export class Pace {
  readonly #millisecondsEach: number
  #next = 0

  constructor(perSecond: number) {
    this.#millisecondsEach = 1000 / perSecond
  }

  /** Milliseconds until the next may happen; 0: now. @param now milliseconds on a clock that never runs backwards */
  wait(now: number): number {
    return Math.max(0, this.#next - now)
  }

  /** One happens now. */
  spend(now: number): void {
    this.#next = Math.max(this.#next, now - BURST_MILLISECONDS) + this.#millisecondsEach
  }
}
