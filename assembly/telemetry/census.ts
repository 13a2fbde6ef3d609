import { CENSUS, CENSUS_BYTES } from '../memory'

/**
 * How often each masked pattern came, by context: what a site's traffic looks like, without its packets. Sets of eight
 * entries; streams whose pattern finds its set full are counted by context, at CENSUS_OVERFLOW (u64 each).
 *
 * Entry, CENSUS_ENTRY_BYTES, little-endian: u64 masked bytes; u64 count, with context + 1 in its highest byte (0: free).
 */
export const CENSUS_ENTRY_BYTES: i32 = 16
export const CENSUS_ENTRIES: i32 = 8192
export const CENSUS_OVERFLOW: usize = CENSUS + <usize>(CENSUS_ENTRIES * CENSUS_ENTRY_BYTES)

const COUNT: usize = 8
const SET_BYTES: usize = 128
/** The highest ten bits of the hash number the 1,024 sets. */
const HASH_SHIFT: u64 = 54
const LABEL_SHIFT: u64 = 56

/** Whether patterns are counted. */
export let censusOn: bool = false

/** Begins anew. */
export function enableCensus(on: bool): void {
  censusOn = on
  clearCensus()
}

export function clearCensus(): void {
  memory.fill(CENSUS, 0, CENSUS_BYTES)
}

/** @param bytes the stream's first eight, masked */
export function countPattern(context: i32, bytes: u64): void {
  const label = <u64>context + 1
  const hash = (bytes + <u64>context) * 0x9e3779b97f4a7c15
  let entry = CENSUS + <usize>(hash >> HASH_SHIFT) * SET_BYTES
  const end = entry + SET_BYTES
  for (; entry < end; entry += CENSUS_ENTRY_BYTES) {
    const labelled = load<u64>(entry, COUNT)
    if (load<u64>(entry) == bytes && labelled >> LABEL_SHIFT == label) {
      store<u64>(entry, labelled + 1, COUNT)
      return
    }
    if (labelled == 0) {
      store<u64>(entry, bytes)
      store<u64>(entry, (label << LABEL_SHIFT) | 1, COUNT)
      return
    }
  }
  const overflow = CENSUS_OVERFLOW + ((<usize>context) << 3)
  store<u64>(overflow, load<u64>(overflow) + 1)
}
