/**
 * The order in which the entries of a set ("ways", at most eight) were last seen: their numbers, four bits each, from
 * the way seen last (lowest) to the one not seen for longest, in a u32.
 */

/** 0, 1, 2 ... from the lowest; ways never seen come last in it. */
export function firstOrder(ways: u32): u32 {
  return ways == 8 ? 0x76543210 : 0x76543210 & ((1 << (ways << 2)) - 1)
}

/** The order once `way` was seen. */
export function seen(order: u32, way: u32): u32 {
  const at = shiftOf(order, way)
  const before = (((order >> at) >> 4) << 4) << at
  const since = order & ((1 << at) - 1)
  return before | (since << 4) | way
}

/** The way not seen for longest, of `ways`. */
export function longestUnseen(order: u32, ways: u32): u32 {
  return (order >> ((ways - 1) << 2)) & 15
}

/** Where the way's number stands: the lowest four bits that differ in nothing from it. */
function shiftOf(order: u32, way: u32): u32 {
  const differences = order ^ (way * 0x11111111)
  return ctz((differences - 0x11111111) & ~differences & 0x88888888) - 3
}
