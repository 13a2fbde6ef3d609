import { ORDER, PATTERNS, SAMPLE } from './memory'
import { randomBelow, randomU32 } from './random'

/** Makes a pattern the sample. */
export function copySample(pattern: i32): void {
  store<u64>(SAMPLE, load<u64>(PATTERNS + pattern * 8))
}

/**
 * Makes a cross of two patterns the sample: each bit from either at random. Bits that differ among clean patterns
 * so meet in combinations that no program happened to send; bits on which all agree stay as they are.
 */
export function crossSample(pattern: i32, other: i32): void {
  const one = load<u64>(PATTERNS + pattern * 8)
  const two = load<u64>(PATTERNS + other * 8)
  const choice = ((<u64>randomU32()) << 32) | <u64>randomU32()
  store<u64>(SAMPLE, one ^ ((one ^ two) & choice))
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
