import { FREEDOM, ORDER, PATTERNS, SAMPLE, SHOWN } from './memory'
import { randomBelow, randomU32 } from './random'

/** Makes a pattern the sample, shown as it is. */
export function copySample(pattern: i32): void {
  const bytes = load<u64>(PATTERNS + pattern * 8)
  store<u64>(SAMPLE, bytes)
  store<u64>(SHOWN, bytes)
}

/**
 * Makes a cross of two patterns the sample. Of the bits on which they differ, each takes the other's value with the
 * bit's freedom as its chance, so that free bits meet in combinations that no program happened to send. A bit that
 * stays is shown with the other's value as noise when 32 random bits are below `swapLimit`: the network has to tell
 * from the other bits what it was.
 */
export function crossSample(pattern: i32, other: i32, swapLimit: u32): void {
  const one = load<u64>(PATTERNS + pattern * 8)
  const differing = one ^ load<u64>(PATTERNS + other * 8)
  let crossed: u64 = 0
  let noise: u64 = 0
  for (let bit = 0; bit < 64; bit++) {
    // Bit 0 is the most significant of byte 0, and byte 0 the least significant of the word.
    const selector = (<u64>1) << ((bit & 56) + 7 - (bit & 7))
    if ((differing & selector) == 0) continue
    if (randomU32() < load<u32>(FREEDOM + bit * 4)) crossed |= selector
    else if (randomU32() < swapLimit) noise |= selector
  }
  store<u64>(SAMPLE, one ^ crossed)
  store<u64>(SHOWN, one ^ crossed ^ noise)
}

/** Writes 0 to count - 1 into ORDER, shuffled (Fisher-Yates). */
export function shuffleOrder(count: i32): void {
  for (let index = 0; index < count; index++) store<u32>(ORDER + index * 4, index)
  for (let index = count - 1; index > 0; index--) {
    const other = <i32>randomBelow(index + 1)
    const kept = load<u32>(ORDER + index * 4)
    store<u32>(ORDER + index * 4, load<u32>(ORDER + other * 4))
    store<u32>(ORDER + other * 4, kept)
  }
}
