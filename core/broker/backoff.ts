/**
 * Waiting times between attempts to connect: doubling from the minimum to the maximum,
 * each shortened by up to half at random, so that a thousand agents do not return in the same second.
 */
export class Backoff {
  readonly #minimum: number
  readonly #maximum: number
  readonly #random: () => number
  #attempts = 0

  /** Times in milliseconds. @param random from 0 up to 1 */
  constructor(minimum: number, maximum: number, random: () => number = Math.random) {
    this.#minimum = minimum
    this.#maximum = maximum
    this.#random = random
  }

  /** Milliseconds to wait before the next attempt. */
  next(): number {
    const full = Math.min(this.#maximum, this.#minimum * 2 ** this.#attempts)
    if (full < this.#maximum) this.#attempts++
    return this.#jittered(full)
  }

  /** Milliseconds to wait when trying again soon would not help. */
  longest(): number {
    return this.#jittered(this.#maximum)
  }

  /** The connection has held: the next loss starts from the minimum. */
  reset(): void {
    this.#attempts = 0
  }

  #jittered(full: number): number {
    return full * (1 - this.#random() / 2)
  }
}
