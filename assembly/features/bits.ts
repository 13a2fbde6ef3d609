/**
 * The model's input: the 64 bits of a stream's first eight bytes. Input i is bit 7 - i % 8 of byte i / 8
 * (most significant first), +1 or -1; bits outside the model's input mask are 0.
 */

/** The eight bytes at `at` with the bits that the model does not read set to zero; byte 0 is the least significant. */
export function maskedBytes(at: usize, mask: u64): u64 {
  return load<u64>(at) & mask
}
