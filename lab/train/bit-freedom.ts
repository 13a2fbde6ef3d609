import { INPUT_BITS } from '../../core/model-rules.js'

/**
 * How freely clean traffic changes each bit: the share of the patterns whose twin, which differs in that bit alone,
 * is clean too. A flag that clients set as they like comes near 1; a bit that is bound to others, or never changes,
 * near 0.
 * @param patterns eight bytes each, all different
 * @returns 64 numbers from 0 to 1
 */
export function bitFreedom(patterns: readonly Uint8Array[]): number[] {
  const known = new Set(patterns.map(keyOf))
  return Array.from({ length: INPUT_BITS }, (_, bit) => {
    const twins = patterns.filter((pattern) => known.has(keyOf(changeBit(pattern, bit))))
    return twins.length / patterns.length
  })
}

/** A copy of eight bytes with one bit changed; bit 0 is the most significant of byte 0. */
export function changeBit(pattern: Uint8Array, bit: number): Uint8Array {
  const bytes = Uint8Array.from(pattern)
  bytes[bit >> 3]! ^= 0x80 >> (bit & 7)
  return bytes
}

function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
