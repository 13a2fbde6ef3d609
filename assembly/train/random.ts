/** PCG-XSH-RR 64/32 (O'Neill 2014, https://www.pcg-random.org): the same numbers on every machine. */

const MULTIPLIER: u64 = 6364136223846793005
const INCREMENT: u64 = 1442695040888963407

let state: u64 = 0

/** Starts the sequence anew. The seed comes in two halves, so that JavaScript passes plain numbers. */
export function seedRandom(low: u32, high: u32): void {
  state = ((<u64>high) << 32) | low
  state += INCREMENT
  randomU32()
}

/** 0 to 2^32 - 1. */
export function randomU32(): u32 {
  const before = state
  state = before * MULTIPLIER + INCREMENT
  const mixed = <u32>(((before >> 18) ^ before) >> 27)
  return rotr<u32>(mixed, <u32>(before >> 59))
}

/** 0 to limit - 1, by multiply and shift; its bias is below limit / 2^32. */
export function randomBelow(limit: u32): u32 {
  return <u32>((<u64>randomU32() * limit) >> 32)
}

/** -1 to 1, 24 bits. */
export function randomSigned(): f32 {
  return <f32>(<i32>(randomU32() >> 8) - 0x800000) / 8388608.0
}
