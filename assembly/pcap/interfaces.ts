import { FAULT_NONE, FAULT_TIME_RESOLUTION_INVALID, FAULT_TOO_MANY_INTERFACES } from '../errors'
import { INTERFACES, INTERFACES_BYTES } from '../memory'
import { LINK_TYPE_UNKNOWN } from '../wire/linktype'

/**
 * The interfaces of a pcapng section: link type and time unit of each (draft-ietf-opsawg-pcapng section 4.2).
 * Entry: i32 link type, u8 if_tsresol, i64 if_tsoffset in seconds.
 */
const ENTRY: usize = 16
const MOST_INTERFACES: u32 = <u32>INTERFACES_BYTES / 16
const OPTION_END: u32 = 0
const OPTION_RESOLUTION: u32 = 9
const OPTION_OFFSET: u32 = 14
const MICROSECONDS: u8 = 6

/** How many the section has so far. */
export let interfaces: u32 = 0

export function clearInterfaces(): void {
  interfaces = 0
}

/**
 * Adds the next interface; its options lie from `options` to `end`. Unfinished options are passed over.
 * @returns FAULT_NONE or why the section cannot be read
 */
export function addInterface(linkType: i32, options: usize, end: usize, swapped: bool): i32 {
  if (interfaces == MOST_INTERFACES) return FAULT_TOO_MANY_INTERFACES
  let resolution = MICROSECONDS
  let offset: i64 = 0
  while (end - options >= 4) {
    const code = <u32>(swapped ? bswap<u16>(load<u16>(options)) : load<u16>(options))
    const length = <u32>(swapped ? bswap<u16>(load<u16>(options, 2)) : load<u16>(options, 2))
    options += 4
    if (code == OPTION_END || <u32>(end - options) < length) break
    if (code == OPTION_RESOLUTION && length >= 1) resolution = load<u8>(options)
    if (code == OPTION_OFFSET && length >= 8)
      offset = swapped ? bswap<i64>(load<i64>(options)) : load<i64>(options)
    options += <usize>min((length + 3) & ~3, <u32>(end - options))
  }
  const finest: u8 = resolution & 0x80 ? 63 : 19
  if ((resolution & 0x7f) > finest) return FAULT_TIME_RESOLUTION_INVALID
  const entry = INTERFACES + <usize>interfaces * ENTRY
  store<i32>(entry, linkType)
  store<u8>(entry, resolution, 4)
  store<i64>(entry, offset, 8)
  interfaces++
  return FAULT_NONE
}

export function linkTypeOf(number: u32): i32 {
  return number < interfaces ? load<i32>(INTERFACES + <usize>number * ENTRY) : LINK_TYPE_UNKNOWN
}

/** if_tsresol. */
export function resolutionOf(number: u32): u8 {
  return load<u8>(INTERFACES + <usize>number * ENTRY, 4)
}

/** if_tsoffset, seconds. */
export function offsetOf(number: u32): i64 {
  return load<i64>(INTERFACES + <usize>number * ENTRY, 8)
}

/** A packet's time stamp in microseconds since 1970; finer digits are dropped. 0 for an unknown interface. */
export function microsecondsOf(number: u32, stamp: u64): f64 {
  if (number >= interfaces) return 0
  const entry = INTERFACES + <usize>number * ENTRY
  const resolution = load<u8>(entry, 4)
  const offset = <f64>load<i64>(entry, 8) * 1000000
  const exponent = <i32>(resolution & 0x7f)
  if (resolution & 0x80) {
    // Units of 2^-exponent seconds; the fraction is brought to 32 bits so that its product with 10^6 fits.
    const seconds = stamp >> <u64>exponent
    const fraction = stamp - (seconds << (<u64>exponent))
    const short = exponent > 32 ? fraction >> <u64>(exponent - 32) : fraction << (<u64>(32 - exponent))
    return offset + <f64>seconds * 1000000 + <f64>((short * 1000000) >> 32)
  }
  if (exponent > 6) return offset + <f64>(stamp / powerOfTen(exponent - 6))
  return offset + <f64>stamp * <f64>powerOfTen(6 - exponent)
}

function powerOfTen(exponent: i32): u64 {
  let power: u64 = 1
  for (let i = 0; i < exponent; i++) power *= 10
  return power
}
