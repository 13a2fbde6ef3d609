import { INPUT_BITS } from '../../core/model-rules.js'

/**
 * Which of the 64 bits carry no pattern, found from the raw streams of one context in one pass.
 *
 * A bit is masked out when it is balanced (as many ones as zeros) and independent of each other bit, and balanced in
 * most captures by themselves: a flag that half of all clients set is no random bit. Clients that
 * count their IDs upwards, and retransmissions, would make random bits look patterned: so a stream that differs
 * from one of the few before it in a few bits only is taken for its kin and not asked. Random IDs lose streams by
 * this too, but no value of theirs more than another.
 */

/** Streams that a new one is compared with. */
const KIN_REACH = 8

/** Streams that differ in at most so many bits are kin. */
const KIN_BITS = 4

/** Values kept to recognise exact copies from longer ago; then they are forgotten, so that memory stays bounded. */
const COPIES_REMEMBERED = 65536

/** Streams asked before anything is masked out: enough for a coin's balance to be seen. */
const ENOUGH_STREAMS = 128

/** Share of streams that may be kin unrecognised, and shift the balance by half of it. */
const KIN_SHARE = 0.1

/** Share of the captures with enough streams in which a random bit must be balanced: a client may count its IDs. */
const BALANCED_SHARE = 0.8

/** Standard deviations that chance is granted: a fair coin exceeds these once in 150,000. */
const DEVIATIONS = 4.5

/**
 * Squared correlation of two bits that kin unrecognised may cause, and the chi-squared (1 degree of freedom) that
 * chance is granted: exceeded once in a million. Both are bounds on mutual information: half the squared
 * correlation in nats, to second order.
 */
const KIN_CORRELATION = 0.02
const CHI_SQUARED = 24

export class BitStatistics {
  private streams = 0
  /** together[a * 64 + b], a <= b: streams in which bits a and b are both 1. */
  private readonly together = new Float64Array(INPUT_BITS * INPUT_BITS)
  private readonly copies = new Set<string>()
  private readonly recent: Uint8Array[] = []

  /** @param bytes eight raw bytes of the next stream; kept, not copied */
  add(bytes: Uint8Array): void {
    const copy = Buffer.from(bytes).toString('latin1')
    const known = this.copies.has(copy) || this.recent.some((other) => differingBits(bytes, other) <= KIN_BITS)
    if (this.copies.size >= COPIES_REMEMBERED) this.copies.clear()
    this.copies.add(copy)
    this.recent.push(bytes)
    if (this.recent.length > KIN_REACH) this.recent.shift()
    if (!known) this.count(bytes)
  }

  /**
   * Eight bytes, a bit 0 where the streams carry no pattern. With few streams nothing is masked out.
   * @param captures `balancedBits` of each capture that the streams are from
   */
  inputMask(captures: readonly (readonly boolean[] | undefined)[]): Uint8Array {
    const mask = new Uint8Array(INPUT_BITS / 8).fill(255)
    if (this.streams < ENOUGH_STREAMS) return mask
    const telling = captures.filter((balanced) => balanced !== undefined)
    for (let bit = 0; bit < INPUT_BITS; bit++) {
      const balancedIn = telling.filter((balanced) => balanced[bit]).length
      if (balancedIn < BALANCED_SHARE * telling.length || !this.isFree(bit)) continue
      mask[bit >> 3]! &= ~(0x80 >> (bit & 7))
    }
    return mask
  }

  /** For each of the 64 bits whether it is as often 1 as 0; undefined with too few streams to tell. */
  balancedBits(): boolean[] | undefined {
    if (this.streams < ENOUGH_STREAMS) return undefined
    return Array.from({ length: INPUT_BITS }, (_, bit) => this.isBalanced(bit))
  }

  private count(bytes: Uint8Array): void {
    this.streams++
    const ones: number[] = []
    for (let bit = 0; bit < INPUT_BITS; bit++) if (bytes[bit >> 3]! & (0x80 >> (bit & 7))) ones.push(bit)
    for (const [position, first] of ones.entries()) {
      for (let other = position; other < ones.length; other++) this.together[first * INPUT_BITS + ones[other]!]! += 1
    }
  }

  private isBalanced(bit: number): boolean {
    const lean = Math.abs(this.share(bit, bit) - 0.5)
    return lean <= KIN_SHARE / 2 + DEVIATIONS / (2 * Math.sqrt(this.streams))
  }

  private isFree(bit: number): boolean {
    if (!this.isBalanced(bit)) return false
    for (let other = 0; other < INPUT_BITS; other++) {
      if (other === bit) continue
      if (this.squaredCorrelation(bit, other) > KIN_CORRELATION + CHI_SQUARED / this.streams) return false
    }
    return true
  }

  /** Share of streams in which both bits are 1. */
  private share(first: number, second: number): number {
    return this.together[Math.min(first, second) * INPUT_BITS + Math.max(first, second)]! / this.streams
  }

  private squaredCorrelation(first: number, second: number): number {
    const a = this.share(first, first)
    const b = this.share(second, second)
    const spread = a * (1 - a) * b * (1 - b)
    const covariance = this.share(first, second) - a * b
    return spread === 0 ? 0 : (covariance * covariance) / spread
  }
}

function differingBits(left: Uint8Array, right: Uint8Array): number {
  let count = 0
  for (let index = 0; index < left.length; index++) {
    for (let rest = left[index]! ^ right[index]!; rest !== 0; rest &= rest - 1) count++
  }
  return count
}
