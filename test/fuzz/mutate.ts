import type { Random } from '../../bench/traffic/random.js'

/** Values that length and count fields go wrong at. */
const BYTES = [0, 1, 2, 4, 5, 6, 8, 0x0f, 0x45, 0x60, 0x7f, 0x80, 0xff]
const WORDS = [0, 1, 7, 8, 19, 20, 40, 53, 0x0800, 0x7fff, 0x8000, 0x8100, 0x8847, 0x8864, 0x86dd, 0xffff]
/** Headers lie here; a change further on rarely matters. */
const HEADER_BYTES = 90

/**
 * Changes bytes in place, up to four times, mostly within the headers.
 * @returns the new length, 0 to `buffer.length`; bytes behind the old length are what was there before
 */
export function mutate(random: Random, buffer: Uint8Array, length: number): number {
  for (let times = 1 + random.below(4); times > 0; times--) {
    const at = random.below(Math.max(1, random.chance(0.8) ? Math.min(length, HEADER_BYTES) : length))
    switch (random.below(8)) {
      case 0:
        buffer[at]! ^= 1 << random.below(8)
        break
      case 1:
        buffer[at] = random.pick(BYTES)
        break
      case 2:
        buffer[at] = random.next()
        break
      case 3: {
        const word = random.pick(WORDS)
        buffer[at] = word >> 8
        buffer[at + 1] = word
        break
      }
      case 4:
        buffer.copyWithin(at, random.below(length + 1), random.below(length + 1))
        break
      case 5:
        length = random.below(length + 1)
        break
      case 6:
        length = Math.min(buffer.length, length + random.below(64))
        break
      case 7:
        // Four bytes more in front of the rest: room for another tag.
        buffer.copyWithin(at + 4, at, length)
        length = Math.min(buffer.length, length + 4)
        break
    }
  }
  return length
}
