import { MODEL_FAULT_FIRST_LAYER_RANGE, MODEL_FAULT_NONE, MODEL_FAULT_SHAPE } from '../errors'
import { NETWORK_BYTES, NETWORKS, STAGING } from '../memory'

/**
 * The deployed network of each context: dense 64 -> hidden -> bottleneck -> hidden -> 64 in int16.
 *
 * Fixed point: weights and activations are Q10 (1024 is 1.0), biases of layers 2 to 4 are Q20. Layer 1 is a table:
 * each of the eight input bytes selects a row of `hidden` sums of its bits' weights, which is exact.
 *
 *   TABLE          i16[8][256][hidden]
 *   MASK           u64, the input mask as loaded from the eight bytes
 *   THRESHOLD      u32, in loss units of 2^-26
 *   HIDDEN, BOTTLENECK  i32
 *   BIAS_1..4      i32
 *   LOSS_ROOTS     i16[64], Q15 square roots of the loss weights, 0 under the mask
 *   WEIGHTS_2..4   i16, row-major outputs x inputs
 */
export const CONTEXTS: i32 = 4
export const MOST_HIDDEN: i32 = 32
export const MOST_BOTTLENECK: i32 = 16
/** Loss 1.0 in loss units. */
export const LOSS_ONE: f64 = 67108864

export const MASK: usize = 131072
export const THRESHOLD: usize = MASK + 8
export const HIDDEN: usize = MASK + 12
export const BOTTLENECK: usize = MASK + 16
export const BIAS_1: usize = MASK + 32
export const BIAS_2: usize = BIAS_1 + 128
export const BIAS_3: usize = BIAS_2 + 64
export const BIAS_4: usize = BIAS_3 + 128
export const LOSS_ROOTS: usize = BIAS_4 + 256
export const WEIGHTS_2: usize = LOSS_ROOTS + 128
export const WEIGHTS_3: usize = WEIGHTS_2 + 1024
export const WEIGHTS_4: usize = WEIGHTS_3 + 1024

/** What the caller writes for each context at STAGING + context * STAGED_BYTES, little-endian. */
export const STAGED_BYTES: i32 = 32768
export const STAGED_HIDDEN: i32 = 0 // i32
export const STAGED_BOTTLENECK: i32 = 4 // i32
export const STAGED_THRESHOLD: i32 = 8 // f64, in units of the loss
export const STAGED_MASK: i32 = 16 // eight bytes
/** f32: 64 loss weights, then weights and biases of layers 1 to 4, rows as in the model file. */
export const STAGED_FLOATS: i32 = 24

export function networkOf(context: i32): usize {
  return NETWORKS + <usize>(context * NETWORK_BYTES)
}

function fixed(value: f32): i32 {
  return <i32>Math.floor(<f64>value * 1024 + 0.5)
}

/** Rows of one hidden unit: for each input byte and each of its values the sum of +w (bit set) or -w (clear). */
function buildTable(network: usize, weights: usize, unit: i32, hidden: i32): bool {
  for (let byte = 0; byte < 8; byte++) {
    const mask = <i32>load<u8>(network + MASK + <usize>byte)
    for (let value = 0; value < 256; value++) {
      let sum = 0
      for (let bit = 0; bit < 8; bit++) {
        const probe = 0x80 >> bit
        if (!(mask & probe)) continue
        const weight = fixed(load<f32>(weights + ((<usize>(byte * 8 + bit)) << 2)))
        sum += value & probe ? weight : -weight
      }
      if (sum > 32767 || sum < -32767) return false
      const row = <usize>(byte * 256 + value) * <usize>hidden + <usize>unit
      store<i16>(network + (row << 1), <i16>sum)
    }
  }
  return true
}

/** Biases and weights of one later layer. Returns the address behind its floats. */
function stageLayer(floats: usize, inputs: i32, outputs: i32, weights: usize, biases: usize): usize {
  for (let i = 0; i < inputs * outputs; i++) {
    store<i16>(weights + ((<usize>i) << 1), <i16>fixed(load<f32>(floats)))
    floats += 4
  }
  for (let i = 0; i < outputs; i++) {
    store<i32>(biases + ((<usize>i) << 2), fixed(load<f32>(floats)) << 10)
    floats += 4
  }
  return floats
}

/** Builds one context's network from STAGING. The caller has checked ranges (weights within 16). Returns a MODEL_FAULT_. */
export function loadNetwork(context: i32): i32 {
  const staged = STAGING + <usize>(context * STAGED_BYTES)
  const network = networkOf(context)
  const hidden = load<i32>(staged + STAGED_HIDDEN)
  const bottleneck = load<i32>(staged + STAGED_BOTTLENECK)
  if (hidden < 8 || hidden > MOST_HIDDEN || hidden & 7) return MODEL_FAULT_SHAPE
  if (bottleneck < 8 || bottleneck > MOST_BOTTLENECK || bottleneck & 7) return MODEL_FAULT_SHAPE

  memory.fill(network, 0, NETWORK_BYTES)
  store<u64>(network + MASK, load<u64>(staged + STAGED_MASK))
  store<i32>(network + HIDDEN, hidden)
  store<i32>(network + BOTTLENECK, bottleneck)
  const threshold = Math.floor(load<f64>(staged + STAGED_THRESHOLD) * LOSS_ONE)
  store<u32>(network + THRESHOLD, <u32>Math.min(Math.max(threshold, 0), 4294967295))

  let floats = staged + STAGED_FLOATS
  for (let i = 0; i < 64; i++) {
    const read = <i32>load<u8>(network + MASK + <usize>(i >> 3)) & (0x80 >> (i & 7))
    const root = Math.floor(Math.sqrt(<f64>load<f32>(floats)) * 32767 + 0.5)
    store<i16>(network + LOSS_ROOTS + ((<usize>i) << 1), read ? <i16>root : 0)
    floats += 4
  }
  for (let unit = 0; unit < hidden; unit++) {
    if (!buildTable(network, floats, unit, hidden)) return MODEL_FAULT_FIRST_LAYER_RANGE
    floats += 256
  }
  for (let unit = 0; unit < hidden; unit++) {
    store<i32>(network + BIAS_1 + ((<usize>unit) << 2), fixed(load<f32>(floats)))
    floats += 4
  }
  floats = stageLayer(floats, hidden, bottleneck, network + WEIGHTS_2, network + BIAS_2)
  floats = stageLayer(floats, bottleneck, hidden, network + WEIGHTS_3, network + BIAS_3)
  stageLayer(floats, hidden, 64, network + WEIGHTS_4, network + BIAS_4)
  return MODEL_FAULT_NONE
}
