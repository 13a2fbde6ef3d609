import { destinationAddress, destinationPort, ipVersion, sourceAddress, sourcePort } from '../wire/packet'

/** Secret, so that nobody outside can aim flows at one place of a table. */
let seed: u64 = 0

export function seedHash(newSeed: u64): void {
  seed = newSeed
}

/** hashOf() the decoded packet's two ends. */
export function hashOfEnds(): u64 {
  return hashOf(ipVersion == 4, sourceAddress, sourcePort, destinationAddress, destinationPort)
}

/**
 * Hash of two ends, addresses (4 or 16 bytes at these places) and ports, the same in both directions. All 64 bits are
 * good.
 */
// inline
export function hashOf(
  isVersion4: bool,
  source: usize,
  sourcePort: i32,
  destination: usize,
  destinationPort: i32,
): u64 {
  // Without a branch for the version: an IPv4 address is four bytes and zeros.
  const head = select<u64>(0xffffffff, -1, isVersion4)
  const tail = select<u64>(0, -1, isVersion4)
  return mix(
    hashOfEnd(load<u64>(source) & head, load<u64>(source, 8) & tail, sourcePort) +
      hashOfEnd(load<u64>(destination) & head, load<u64>(destination, 8) & tail, destinationPort),
    seed,
  )
}

// inline
function hashOfEnd(head: u64, tail: u64, port: i32): u64 {
  return mix(mix(mix(seed, head), tail), port)
}

function mix(hash: u64, word: u64): u64 {
  const product = (hash ^ word) * 0x9e3779b97f4a7c15
  return product ^ (product >> 32)
}
