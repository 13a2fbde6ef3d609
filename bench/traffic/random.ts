/** Seeded pseudorandom numbers (mulberry32): the same seed gives the same traffic everywhere. */
export class Random {
  #state: number

  /** @param seed 0 to 2^32 - 1 */
  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** 0 to 2^32 - 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  /** 0 to limit - 1. */
  below(limit: number): number {
    return Math.floor((this.next() / 0x100000000) * limit)
  }

  chance(probability: number): boolean {
    return this.next() < probability * 0x100000000
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    for (let i = 0; i < length; i++) bytes[i] = this.next()
    return bytes
  }
}
