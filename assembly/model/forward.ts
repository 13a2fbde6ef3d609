import { maskedBytes } from '../features/bits'
import { ACTIVATIONS } from '../memory'
import { firstLayerScalar, hiddenLayerScalar, lossScalar, outputLayerScalar } from './dense-scalar'
import { firstLayerSimd, hiddenLayerSimd, lossSimd, outputLayerSimd } from './dense-simd'
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
  WEIGHTS_2,
  WEIGHTS_3,
  WEIGHTS_4,
} from './network'

const HIDDEN_1: usize = ACTIVATIONS // i16[32]
const BOTTLENECK_2: usize = ACTIVATIONS + 64 // i16[16]
const HIDDEN_3: usize = ACTIVATIONS + 96 // i16[32]
const OUTPUT: usize = ACTIVATIONS + 160 // i16[64]
const BYTES: usize = ACTIVATIONS + 288 // the eight masked bytes

/**
 * Reconstruction loss of the masked bytes in one context, in loss units of 2^-26; leaves the outputs for reconstruction().
 * A pure function of `context` and `bytes`.
 */
export function forward(context: i32, bytes: u64): u32 {
  const network = networkOf(context)
  const hidden = load<i32>(network + HIDDEN)
  const bottleneck = load<i32>(network + BOTTLENECK)
  store<u64>(BYTES, bytes)
  if (ASC_FEATURE_SIMD) {
    firstLayerSimd(network, network + BIAS_1, bytes, hidden, HIDDEN_1)
    hiddenLayerSimd(network + WEIGHTS_2, network + BIAS_2, HIDDEN_1, hidden, BOTTLENECK_2, bottleneck)
    hiddenLayerSimd(network + WEIGHTS_3, network + BIAS_3, BOTTLENECK_2, bottleneck, HIDDEN_3, hidden)
    outputLayerSimd(network + WEIGHTS_4, network + BIAS_4, HIDDEN_3, hidden, OUTPUT)
    return lossSimd(BYTES, OUTPUT, network + LOSS_ROOTS)
  }
  firstLayerScalar(network, network + BIAS_1, bytes, hidden, HIDDEN_1)
  hiddenLayerScalar(network + WEIGHTS_2, network + BIAS_2, HIDDEN_1, hidden, BOTTLENECK_2, bottleneck)
  hiddenLayerScalar(network + WEIGHTS_3, network + BIAS_3, BOTTLENECK_2, bottleneck, HIDDEN_3, hidden)
  outputLayerScalar(network + WEIGHTS_4, network + BIAS_4, HIDDEN_3, hidden, OUTPUT)
  return lossScalar(BYTES, OUTPUT, network + LOSS_ROOTS)
}

/** The eight bytes as the last forward() reconstructed them: each bit is its output's sign. Byte 0 least significant. */
export function reconstruction(): u64 {
  let bytes: u64 = 0
  for (let i = 0; i < 64; i++) {
    const set = load<i16>(OUTPUT + ((<usize>i) << 1)) > 0
    if (set) bytes |= (<u64>1) << ((<u64>i & 56) + 7 - (<u64>i & 7))
  }
  return bytes
}

/** The masked input of a context for the eight bytes at `at`. */
export function inputOf(context: i32, at: usize): u64 {
  return maskedBytes(at, load<u64>(networkOf(context) + MASK))
}
