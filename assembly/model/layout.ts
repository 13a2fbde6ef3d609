import { ACTIVATIONS, NETWORK_BYTES, NETWORKS } from '../memory'

/**
 * The deployed network of each context: dense 64 -> hidden -> bottleneck -> hidden -> 64 in int16.
 *
 * Fixed point: weights and activations are Q10 (1024 is 1.0), biases of layers 2 to 4 are Q20. Layer 1 is a table:
 * each of the eight input bytes selects a row of sums of its bits' weights, which is exact.
 *
 * Outputs stand in the order of their bytes' places: first the bytes that the mask lets through, then those that it
 * hides, which have no loss and are worked out for a reconstruction only. Offsets from networkOf():
 *
 *   TABLE          i16[8][256][32], by place; `hidden` of each row in use
 *   MASK           u64, the input mask as loaded from the eight bytes
 *   THRESHOLD      u32, in loss units of 2^-26
 *   HIDDEN, BOTTLENECK  i32
 *   READ_BYTES     i32, how many bytes the mask lets through
 *   PLACES         u8[8], the byte at each place
 *   BIAS_1         Q10, i16 on vectors, i32 without
 *   BIAS_2..4      i32, with half a unit of Q10 added, for rounding
 *   LOSS_ROOTS     i16[64], Q15 square roots of the loss weights, 0 under the mask; by place
 *   WEIGHTS_2..4   as the build's dense layers read them; layer 4 by place
 */

/** Bytes of one place's rows in the table, and of one row. */
export const TABLE_BYTES: usize = 16384
export const ROW_BYTES: usize = 64
export const MASK: usize = TABLE_BYTES * 8
export const THRESHOLD: usize = MASK + 8
export const HIDDEN: usize = MASK + 12
export const BOTTLENECK: usize = MASK + 16
export const READ_BYTES: usize = MASK + 20
export const PLACES: usize = MASK + 24
export const BIAS_1: usize = MASK + 32
export const BIAS_2: usize = BIAS_1 + 128
export const BIAS_3: usize = BIAS_2 + 64
export const BIAS_4: usize = BIAS_3 + 128
export const LOSS_ROOTS: usize = BIAS_4 + 256
export const WEIGHTS_2: usize = LOSS_ROOTS + 128
export const WEIGHTS_3: usize = WEIGHTS_2 + 2048
export const WEIGHTS_4: usize = WEIGHTS_3 + 2048

export function networkOf(context: i32): usize {
  return NETWORKS + <usize>(context * NETWORK_BYTES)
}

/** The memory of one forward pass. On vectors four samples are scored at a time, SAMPLE_BYTES apart. */
export const SAMPLE_BYTES: usize = 384

/** Bytes of an activation or output: i16 on vectors, i32 without. */
export const VALUE_BYTES: usize = ASC_FEATURE_SIMD ? 2 : 4

/** What waits to be scored with others of its context: u64 masked bytes[4], then at these offsets: */
export const PENDING_LOSSES: usize = 32 // u32[4]
export const PENDING_ADDRESSES: usize = 48 // u32[4], where the losses go
export const PENDING_COUNT: usize = 64 // u32
const PENDING_BYTES: usize = 80

export function pendingOf(context: i32): usize {
  return ACTIVATIONS + 4 * SAMPLE_BYTES + <usize>context * PENDING_BYTES
}

export const BYTES: usize = ACTIVATIONS // the eight masked bytes
export const HIDDEN_1: usize = ACTIVATIONS + 16 // [32]
export const BOTTLENECK_2: usize = HIDDEN_1 + 32 * VALUE_BYTES // [16]
export const HIDDEN_3: usize = BOTTLENECK_2 + 16 * VALUE_BYTES // [32]
export const OUTPUT: usize = HIDDEN_3 + 32 * VALUE_BYTES // [64]
