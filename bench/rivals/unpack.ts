import { maskBit } from '../../core/model-rules.js'

/** Eight bytes to 64 floats: 1 for a set bit, -1 for a clear one, 0 for a masked one, most significant bit first. */
export class BitUnpacker {
  /** [8 bytes][256 values][8 bits] */
  readonly #table = new Float32Array(8 * 256 * 8)

  constructor(mask: Uint8Array) {
    for (let row = 0; row < 8 * 256; row++) {
      for (let bit = 0; bit < 8; bit++) {
        if (maskBit(mask, (row >> 8) * 8 + bit)) this.#table[row * 8 + bit] = row & (0x80 >> bit) ? 1 : -1
      }
    }
  }

  /** Unpacks the patterns from `at` on to the start of `bits`. */
  unpack(patterns: Uint8Array, at: number, count: number, bits: Float32Array): void {
    const table = this.#table
    const bytes = count * 8
    for (let byte = 0, to = 0; byte < bytes; byte++, to += 8) {
      const from = ((byte & 7) * 256 + patterns[at + byte]!) * 8
      bits[to] = table[from]!
      bits[to + 1] = table[from + 1]!
      bits[to + 2] = table[from + 2]!
      bits[to + 3] = table[from + 3]!
      bits[to + 4] = table[from + 4]!
      bits[to + 5] = table[from + 5]!
      bits[to + 6] = table[from + 6]!
      bits[to + 7] = table[from + 7]!
    }
  }
}
