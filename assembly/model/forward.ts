import { maskedBytes } from '../features/bits'
import { denseScalar, firstLayerScalar, lossScalar } from './dense-scalar'
import { denseFourSimd, denseSimd, firstLayerSimd, lossFourSimd, lossSimd } from './dense-simd'
import {
  BIAS_1,
  BIAS_2,
  BIAS_3,
  BIAS_4,
  BOTTLENECK,
  BOTTLENECK_2,
  BYTES,
  HIDDEN,
  HIDDEN_1,
  HIDDEN_3,
  LOSS_ROOTS,
  MASK,
  networkOf,
  OUTPUT,
  PLACES,
  READ_BYTES,
  SAMPLE_BYTES,
  VALUE_BYTES,
  WEIGHTS_2,
  WEIGHTS_3,
  WEIGHTS_4,
} from './layout'
import { outputAt } from './network'

function firstLayer(network: usize, bytes: u64, sample: usize): void {
  const at = BYTES + sample
  const biases = network + BIAS_1
  const places = network + PLACES
  const placeCount = load<i32>(network + READ_BYTES)
  store<u64>(at, bytes)
  if (ASC_FEATURE_SIMD) {
    firstLayerSimd(network, biases, at, places, placeCount, HIDDEN_1 + sample)
    return
  }
  const hidden = load<i32>(network + HIDDEN)
  firstLayerScalar(network, biases, at, places, placeCount, hidden, HIDDEN_1 + sample)
}

function dense(
  weights: usize,
  biases: usize,
  inputs: usize,
  inputCount: i32,
  out: usize,
  outputCount: i32,
  linear: bool,
): void {
  if (ASC_FEATURE_SIMD) denseSimd(weights, biases, inputs, inputCount, out, outputCount, linear)
  else denseScalar(weights, biases, inputs, inputCount, out, outputCount, linear)
}

/** Runs the network on the masked bytes of one sample as far as the outputs at the first places, eight each. */
function run(network: usize, bytes: u64, placeCount: i32): void {
  const hidden = load<i32>(network + HIDDEN)
  const bottleneck = load<i32>(network + BOTTLENECK)
  firstLayer(network, bytes, 0)
  dense(network + WEIGHTS_2, network + BIAS_2, HIDDEN_1, hidden, BOTTLENECK_2, bottleneck, false)
  dense(network + WEIGHTS_3, network + BIAS_3, BOTTLENECK_2, bottleneck, HIDDEN_3, hidden, false)
  dense(network + WEIGHTS_4, network + BIAS_4, HIDDEN_3, hidden, OUTPUT, placeCount << 3, true)
}

/** Reconstruction loss of the masked bytes in one context, in loss units of 2^-26: a function of nothing else. */
export function forward(context: i32, bytes: u64): u32 {
  const network = networkOf(context)
  const places = network + PLACES
  const placeCount = load<i32>(network + READ_BYTES)
  const roots = network + LOSS_ROOTS
  run(network, bytes, placeCount)
  if (ASC_FEATURE_SIMD) return lossSimd(BYTES, places, placeCount, OUTPUT, roots)
  return lossScalar(BYTES, places, placeCount, OUTPUT, roots)
}

/** Losses (u32 each, at `out`) of up to four samples' masked bytes (u64 each, at `bytes`), with less work than one by one. */
export function forwardSome(context: i32, bytes: usize, count: usize, out: usize): void {
  // On vectors two or three cost as much as four; what lies behind them is worked out and left.
  if (ASC_FEATURE_SIMD && count > 1) {
    forwardFour(context, bytes, out)
    return
  }
  for (let i: usize = 0; i < count; i++) {
    store<u32>(out + (i << 2), forward(context, load<u64>(bytes + (i << 3))))
  }
}

function forwardFour(context: i32, bytes: usize, out: usize): void {
  const network = networkOf(context)
  const hidden = load<i32>(network + HIDDEN)
  const bottleneck = load<i32>(network + BOTTLENECK)
  const placeCount = load<i32>(network + READ_BYTES)
  for (let i: usize = 0; i < 4; i++) firstLayer(network, load<u64>(bytes + (i << 3)), i * SAMPLE_BYTES)
  denseFourSimd(network + WEIGHTS_2, network + BIAS_2, HIDDEN_1, hidden, BOTTLENECK_2, bottleneck, false)
  denseFourSimd(network + WEIGHTS_3, network + BIAS_3, BOTTLENECK_2, bottleneck, HIDDEN_3, hidden, false)
  denseFourSimd(network + WEIGHTS_4, network + BIAS_4, HIDDEN_3, hidden, OUTPUT, placeCount << 3, true)
  lossFourSimd(BYTES, network + PLACES, placeCount, OUTPUT, network + LOSS_ROOTS, out)
}

/** The eight bytes as the network reconstructs them: each bit is its output's sign. Byte 0 least significant. */
export function reconstruct(context: i32, bytes: u64): u64 {
  const network = networkOf(context)
  run(network, bytes, 8)
  let reconstructed: u64 = 0
  for (let place = 0; place < 64; place++) {
    const output = <u64>outputAt(network, place)
    const set = load<i16>(OUTPUT + <usize>place * VALUE_BYTES) > 0
    if (set) reconstructed |= (<u64>1) << ((output & 56) + 7 - (output & 7))
  }
  return reconstructed
}

/** The bits that a context's network reads; byte 0 is the least significant. */
export function maskOf(context: i32): u64 {
  return load<u64>(networkOf(context) + MASK)
}

/** The masked input of a context for the eight bytes at `at`. */
export function inputOf(context: i32, at: usize): u64 {
  return maskedBytes(at, maskOf(context))
}
