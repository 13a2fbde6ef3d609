import { INPUT_BITS } from '../../core/model-rules.js'

/**
 * Which of the 64 bits carry no pattern, found from the raw streams of one context.
 *
 * A bit is free in a program's streams when it is balanced (as many ones as zeros) and independent of each other
 * bit. It is masked out when it is free in more than half of the programs with enough streams; asking programs
 * one by one keeps a client that counts its IDs upwards from deciding for all. A program's equal streams count
 * once, so that retransmissions do not make random bits look patterned.
 */

/** Different streams of a program before its statistics count: enough for a coin's balance to be seen. */
const ENOUGH_STREAMS = 128

/** Different streams of one program that are looked at; later ones add nothing, and memory stays bounded. */
const STREAM_LIMIT = 65536

/** Balance: ones may differ from half by this many standard deviations (a fair coin does so once in 150,000). */
const BALANCE_DEVIATIONS = 4.5

/**
 * Independence: the largest chi-squared of a two-by-two table, 1 degree of freedom (exceeded by independent bits
 * once in a million); chi-squared is 2n times the mutual information in nats, to second order.
 */
const CHI_SQUARED_LIMIT = 24

/** One pass over the streams of one program in one context. */
export class BitStatistics {
  private readonly seen = new Set<string>()
  /** together[a * 64 + b]: streams in which bits a and b are both 1, a <= b. */
  private readonly together = new Float64Array(INPUT_BITS * INPUT_BITS)

  /** Different streams counted. */
  get streams(): number {
    return this.seen.size
  }

  /** @param bytes eight raw bytes */
  add(bytes: Uint8Array): void {
    if (this.seen.size >= STREAM_LIMIT) return
    const key = Buffer.from(bytes).toString('latin1')
    if (this.seen.has(key)) return
    this.seen.add(key)
    const ones: number[] = []
    for (let bit = 0; bit < INPUT_BITS; bit++) if (bytes[bit >> 3]! & (0x80 >> (bit & 7))) ones.push(bit)
    for (const [position, first] of ones.entries()) {
      for (let other = position; other < ones.length; other++) this.together[first * INPUT_BITS + ones[other]!]! += 1
    }
  }

  /** Counts another program's streams as this one's. */
  merge(other: BitStatistics): void {
    for (const key of other.seen) this.add(Buffer.from(key, 'latin1'))
  }

  /** True when the bit is balanced and independent of each other bit. */
  isFree(bit: number): boolean {
    const count = this.streams
    const ones = this.ones(bit)
    if (Math.abs(ones - count / 2) > (BALANCE_DEVIATIONS * Math.sqrt(count)) / 2) return false
    for (let other = 0; other < INPUT_BITS; other++) {
      if (other !== bit && this.chiSquared(bit, other) > CHI_SQUARED_LIMIT) return false
    }
    return true
  }

  private ones(bit: number): number {
    return this.together[bit * INPUT_BITS + bit]!
  }

  private chiSquared(first: number, second: number): number {
    const count = this.streams
    const a = this.ones(first)
    const b = this.ones(second)
    const both = this.together[Math.min(first, second) * INPUT_BITS + Math.max(first, second)]!
    const spread = a * (count - a) * b * (count - b)
    // n11 * n00 - n10 * n01, which is n times n11 less a * b.
    return spread === 0 ? 0 : (count * (count * both - a * b) ** 2) / spread
  }
}

/**
 * The input mask of one context: eight bytes, a bit 0 where the streams carry no pattern.
 * With no program of enough streams all are taken together; if those are too few, nothing is masked out.
 */
export function findInputMask(programs: Iterable<BitStatistics>): Uint8Array {
  const all = [...programs]
  let judges = all.filter((statistics) => statistics.streams >= ENOUGH_STREAMS)
  if (judges.length === 0) {
    const together = new BitStatistics()
    for (const statistics of all) together.merge(statistics)
    judges = together.streams >= ENOUGH_STREAMS ? [together] : []
  }
  const mask = new Uint8Array(INPUT_BITS / 8).fill(255)
  for (let bit = 0; bit < INPUT_BITS; bit++) {
    const free = judges.filter((statistics) => statistics.isFree(bit)).length
    if (free * 2 > judges.length) mask[bit >> 3]! &= ~(0x80 >> (bit & 7))
  }
  return mask
}
