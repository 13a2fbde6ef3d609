import { MODEL_FAULT_FIRST_LAYER_RANGE, MODEL_FAULT_NONE, MODEL_FAULT_SHAPE } from '../errors'
import { ACTIVATIONS, NETWORK_BYTES, STAGING } from '../memory'
import { putWeightScalar } from './dense-scalar'
import { putFirstBiasSimd, putWeightSimd } from './dense-simd'
import {
  BIAS_1,
  BIAS_2,
  BIAS_3,
  BIAS_4,
  BOTTLENECK,
  HIDDEN,
  LOSS_ROOTS,
  MASK,
  networkOf,
  PLACES,
  READ_BYTES,
  ROW_BYTES,
  TABLE_BYTES,
  THRESHOLD,
  WEIGHTS_2,
  WEIGHTS_3,
  WEIGHTS_4,
} from './layout'

export const CONTEXTS: i32 = 4
export const MOST_HIDDEN: i32 = 32
export const MOST_BOTTLENECK: i32 = 16
/** Largest magnitude of a first-layer sum, bias and all, for any input: vectors add it up in int16. Q10. */
export const FIRST_SUM_LIMIT: i32 = 32767
/** Loss 1.0 in loss units. */
export const LOSS_ONE: f64 = 67108864

/** What the caller writes for each context at STAGING + context * STAGED_BYTES, little-endian. */
export const STAGED_BYTES: i32 = 32768
export const STAGED_HIDDEN: i32 = 0 // i32
export const STAGED_BOTTLENECK: i32 = 4 // i32
export const STAGED_THRESHOLD: i32 = 8 // f64, in units of the loss
export const STAGED_MASK: i32 = 16 // eight bytes
/** f32: 64 loss weights, then weights and biases of layers 1 to 4, rows as in the model file. */
export const STAGED_FLOATS: i32 = 24

function fixed(value: f32): i32 {
  return <i32>Math.floor(<f64>value * 1024 + 0.5)
}

/** Puts the bytes that the mask lets through before those that it hides. */
function placeBytes(network: usize): void {
  let place: usize = 0
  for (let hidden = 0; hidden < 2; hidden++) {
    for (let byte: usize = 0; byte < 8; byte++) {
      const isHidden = load<u8>(network + MASK + byte) == 0
      if (isHidden == (hidden == 1)) store<u8>(network + PLACES + place++, <u8>byte)
    }
    if (hidden == 0) store<i32>(network + READ_BYTES, <i32>place)
  }
}

/** The output at a place: bit 7 - place % 8 of the byte there. */
export function outputAt(network: usize, place: i32): i32 {
  return ((<i32>load<u8>(network + PLACES + <usize>(place >> 3))) << 3) + (place & 7)
}

/** Twice the weights of a byte's bits, lowest bit first: i32[8]. */
const DOUBLED: usize = ACTIVATIONS

/**
 * Rows of one hidden unit: for each input byte and each of its values the sum of +w (bit set) or -w (clear). Returns the
 * largest magnitude of all bytes' sum.
 */
function buildTable(network: usize, weights: usize, unit: i32): i32 {
  let most = 0
  for (let place: usize = 0; place < 8; place++) {
    const byte = <usize>load<u8>(network + PLACES + place)
    const mask = <i32>load<u8>(network + MASK + byte)
    const rows = network + place * TABLE_BYTES + ((<usize>unit) << 1)
    let none = 0
    for (let bit = 0; bit < 8; bit++) {
      const weight = mask & (0x80 >> bit) ? fixed(load<f32>(weights + ((byte * 8 + <usize>bit) << 2))) : 0
      none -= weight
      most += abs(weight)
      // Values whose lowest set bit this is: each differs in it alone from one that has its sum.
      store<i32>(DOUBLED + ((<usize>(7 - bit)) << 2), weight * 2)
    }
    if (most > FIRST_SUM_LIMIT) break
    store<i16>(rows, <i16>none)
    for (let value = 1; value < 256; value++) {
      const less = <i32>load<i16>(rows + <usize>(value & (value - 1)) * ROW_BYTES)
      const sum = less + load<i32>(DOUBLED + ((<usize>ctz(value)) << 2))
      store<i16>(rows + <usize>value * ROW_BYTES, <i16>sum)
    }
  }
  return most
}

/** Weights and bias of one output of layers 2 to 4. */
function stageOutput(row: usize, bias: usize, inputs: i32, output: i32, weights: usize, biases: usize): void {
  for (let input = 0; input < inputs; input++) {
    const weight = fixed(load<f32>(row + ((<usize>input) << 2)))
    if (ASC_FEATURE_SIMD) putWeightSimd(weights, inputs, input, output, weight)
    else putWeightScalar(weights, inputs, input, output, weight)
  }
  store<i32>(biases + ((<usize>output) << 2), (fixed(load<f32>(bias)) << 10) + 512)
}

/** Weights and biases of layer 2, 3 or 4. Returns the address behind its floats. */
function stageLayer(
  network: usize,
  floats: usize,
  inputs: i32,
  outputs: i32,
  weights: usize,
  biases: usize,
): usize {
  const biasFloats = floats + ((<usize>(inputs * outputs)) << 2)
  for (let place = 0; place < outputs; place++) {
    // Only the last layer has 64 outputs.
    const output = outputs == 64 ? outputAt(network, place) : place
    const row = floats + ((<usize>(inputs * output)) << 2)
    stageOutput(row, biasFloats + ((<usize>output) << 2), inputs, place, network + weights, network + biases)
  }
  return biasFloats + ((<usize>outputs) << 2)
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
  placeBytes(network)

  let floats = staged + STAGED_FLOATS
  for (let place = 0; place < 64; place++) {
    const output = outputAt(network, place)
    const read = <i32>load<u8>(network + MASK + <usize>(output >> 3)) & (0x80 >> (output & 7))
    const root = Math.floor(Math.sqrt(<f64>load<f32>(floats + ((<usize>output) << 2))) * 32767 + 0.5)
    store<i16>(network + LOSS_ROOTS + ((<usize>place) << 1), read ? <i16>root : 0)
  }
  floats += 256
  const biases = floats + ((<usize>hidden) << 8)
  for (let unit = 0; unit < hidden; unit++) {
    const bias = fixed(load<f32>(biases + ((<usize>unit) << 2)))
    const most = buildTable(network, floats, unit)
    if (most + abs(bias) > FIRST_SUM_LIMIT) return MODEL_FAULT_FIRST_LAYER_RANGE
    if (ASC_FEATURE_SIMD) putFirstBiasSimd(network + BIAS_1, unit, bias)
    else store<i32>(network + BIAS_1 + ((<usize>unit) << 2), bias)
    floats += 256
  }
  floats = biases + ((<usize>hidden) << 2)
  floats = stageLayer(network, floats, hidden, bottleneck, WEIGHTS_2, BIAS_2)
  floats = stageLayer(network, floats, bottleneck, hidden, WEIGHTS_3, BIAS_3)
  stageLayer(network, floats, hidden, 64, WEIGHTS_4, BIAS_4)
  return MODEL_FAULT_NONE
}
