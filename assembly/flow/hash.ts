import { destinationAddress, destinationPort, ipVersion, sourceAddress, sourcePort } from '../wire/packet'

/** Secret, so that nobody outside can aim flows at one place of a table. */
let seed: u64 = 0

export function seedHash(newSeed: u64): void {
  seed = newSeed
}

/** Hash of the decoded packet's two ends, addresses and ports, the same in both directions. All 64 bits are good. */
export function hashOfEnds(): u64 {
  const source = hashOfEnd(sourceAddress, <u64>sourcePort)
  const destination = hashOfEnd(destinationAddress, <u64>destinationPort)
  return mix(source + destination, seed)
}

function hashOfEnd(address: usize, port: u64): u64 {
  if (ipVersion == 4) return mix(seed, ((<u64>load<u32>(address)) << 16) | port)
  return mix(mix(mix(seed, load<u64>(address)), load<u64>(address, 8)), port)
}

function mix(hash: u64, word: u64): u64 {
  const product = (hash ^ word) * 0x9e3779b97f4a7c15
  return product ^ (product >> 32)
}
