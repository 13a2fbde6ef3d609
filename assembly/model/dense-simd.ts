import { ROW_BYTES, SAMPLE_BYTES, TABLE_BYTES } from './layout'

/**
 * The layers of the deployed network on 128-bit vectors. Same integers as dense-scalar.ts, to the last bit.
 *
 * Lanes are outputs: a pair of inputs, in every lane, meets the pairs of weights of four outputs, and no sum crosses
 * lanes. Weights stand in blocks of eight outputs: for each pair of inputs the eight outputs' pairs, i16.
 */

/** Puts one weight (Q10) of a layer with so many inputs in its place. */
export function putWeightSimd(weights: usize, inputs: i32, input: i32, output: i32, weight: i32): void {
  const block = (output >> 3) * inputs * 8
  store<i16>(
    weights + ((<usize>(block + (input >> 1) * 16 + (output & 7) * 2 + (input & 1))) << 1),
    <i16>weight,
  )
}

/**
 * The square nonlinearity of eight Q10 values from -2048 to 2047. Saturation stops at 2047, where the nonlinearity has
 * the same value as at 2048.
 */
function sqnl(c: v128): v128 {
  const magnitude = i16x8.abs(c)
  const bend = i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.extmul_low_i16x8_s(c, magnitude), 12),
    i32x4.shr_s(i32x4.extmul_high_i16x8_s(c, magnitude), 12),
  )
  return i16x8.sub(c, bend)
}

/** Eight outputs, i16 in Q10, from their sums in Q20. Saturating Q14 to int16 clamps Q10 to -2048 and 2047. */
function outputs(low: v128, high: v128, linear: bool): v128 {
  if (linear) return i16x8.narrow_i32x4_s(i32x4.shr_s(low, 10), i32x4.shr_s(high, 10))
  return sqnl(i16x8.shr_s(i16x8.narrow_i32x4_s(i32x4.shr_s(low, 6), i32x4.shr_s(high, 6)), 4))
}

/** Eight activations from their sums in Q10. */
function activations(sums: v128): v128 {
  return sqnl(i16x8.max_s(i16x8.min_s(sums, i16x8.splat(2047)), i16x8.splat(-2048)))
}

/** Places a bias (Q10) of the first layer. */
export function putFirstBiasSimd(biases: usize, unit: i32, bias: i32): void {
  store<i16>(biases + ((<usize>unit) << 1), <i16>bias)
}

/**
 * First layer from the table: MOST_HIDDEN activations (i16, Q10) at `out`, of the bytes at the first places. Sums stay
 * within int16 (FIRST_SUM_LIMIT in network.ts). Rows and biases of units that a network does not have are zeros.
 */
export function firstLayerSimd(
  table: usize,
  biases: usize,
  bytes: usize,
  places: usize,
  placeCount: i32,
  out: usize,
): void {
  let a = v128.load(biases)
  let b = v128.load(biases, 16)
  let c = v128.load(biases, 32)
  let d = v128.load(biases, 48)
  for (const end = places + <usize>placeCount; places < end; places++) {
    const row = table + <usize>load<u8>(bytes + load<u8>(places)) * ROW_BYTES
    a = i16x8.add(a, v128.load(row))
    b = i16x8.add(b, v128.load(row, 16))
    c = i16x8.add(c, v128.load(row, 32))
    d = i16x8.add(d, v128.load(row, 48))
    table += TABLE_BYTES
  }
  v128.store(out, activations(a))
  v128.store(out, activations(b), 16)
  v128.store(out, activations(c), 32)
  v128.store(out, activations(d), 48)
}

/** A later layer: `outputCount` activations, or linear outputs, (i16, Q10) at `out`. Counts are multiples of eight. */
export function denseSimd(
  weights: usize,
  biases: usize,
  inputs: usize,
  inputCount: i32,
  out: usize,
  outputCount: i32,
  linear: bool,
): void {
  const end = inputs + ((<usize>inputCount) << 1)
  for (const outEnd = out + ((<usize>outputCount) << 1); out < outEnd; out += 16) {
    let low = v128.load(biases)
    let high = v128.load(biases, 16)
    for (let input = inputs; input < end; input += 8) {
      const x = v128.load32_splat(input)
      const y = v128.load32_splat(input, 4)
      const xLow = i32x4.dot_i16x8_s(x, v128.load(weights))
      const xHigh = i32x4.dot_i16x8_s(x, v128.load(weights, 16))
      const yLow = i32x4.dot_i16x8_s(y, v128.load(weights, 32))
      const yHigh = i32x4.dot_i16x8_s(y, v128.load(weights, 48))
      low = i32x4.add(low, i32x4.add(xLow, yLow))
      high = i32x4.add(high, i32x4.add(xHigh, yHigh))
      weights += 64
    }
    v128.store(out, outputs(low, high, linear))
    biases += 32
  }
}

/** The same for four samples, SAMPLE_BYTES apart, that share each load of weights. */
export function denseFourSimd(
  weights: usize,
  biases: usize,
  inputs: usize,
  inputCount: i32,
  out: usize,
  outputCount: i32,
  linear: bool,
): void {
  const end = inputs + ((<usize>inputCount) << 1)
  for (const outEnd = out + ((<usize>outputCount) << 1); out < outEnd; out += 16) {
    let low0 = v128.load(biases)
    let low1 = low0
    let low2 = low0
    let low3 = low0
    let high0 = v128.load(biases, 16)
    let high1 = high0
    let high2 = high0
    let high3 = high0
    for (let input = inputs; input < end; input += 4) {
      const low = v128.load(weights)
      const high = v128.load(weights, 16)
      const x0 = v128.load32_splat(input)
      const x1 = v128.load32_splat(input, SAMPLE_BYTES)
      const x2 = v128.load32_splat(input, SAMPLE_BYTES * 2)
      const x3 = v128.load32_splat(input, SAMPLE_BYTES * 3)
      low0 = i32x4.add(low0, i32x4.dot_i16x8_s(x0, low))
      low1 = i32x4.add(low1, i32x4.dot_i16x8_s(x1, low))
      low2 = i32x4.add(low2, i32x4.dot_i16x8_s(x2, low))
      low3 = i32x4.add(low3, i32x4.dot_i16x8_s(x3, low))
      high0 = i32x4.add(high0, i32x4.dot_i16x8_s(x0, high))
      high1 = i32x4.add(high1, i32x4.dot_i16x8_s(x1, high))
      high2 = i32x4.add(high2, i32x4.dot_i16x8_s(x2, high))
      high3 = i32x4.add(high3, i32x4.dot_i16x8_s(x3, high))
      weights += 32
    }
    v128.store(out, outputs(low0, high0, linear))
    v128.store(out, outputs(low1, high1, linear), SAMPLE_BYTES)
    v128.store(out, outputs(low2, high2, linear), SAMPLE_BYTES * 2)
    v128.store(out, outputs(low3, high3, linear), SAMPLE_BYTES * 3)
    biases += 32
  }
}

const BITS: usize = memory.data<i16>([0x80, 0x40, 0x20, 0x10, 8, 4, 2, 1], 16)

/** Weighted squared errors between the bits of the byte at `byte` and its eight outputs, two summed in each lane. */
function squares(byte: usize, outputs: usize, roots: v128): v128 {
  const clear = i16x8.eq(v128.and(v128.load8_splat(byte), v128.load(BITS)), i16x8.splat(0))
  const target = i16x8.add(i16x8.shl(clear, 11), i16x8.splat(1024))
  // An error of -32768 instead of -32767 gives the same product, or one that is clamped below.
  const error = i16x8.sub_sat_s(target, i16x8.max_s(v128.load(outputs), i16x8.splat(-32767)))
  const product = i16x8.q15mulr_sat_s(error, roots)
  const weighted = i16x8.min_s(i16x8.max_s(product, i16x8.splat(-8191)), i16x8.splat(8191))
  return i32x4.dot_i16x8_s(weighted, weighted)
}

/** Four sums of four lanes. */
function sumsOfLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 2, 6), v128.shuffle<i32>(a, b, 1, 5, 3, 7))
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 2, 6), v128.shuffle<i32>(c, d, 1, 5, 3, 7))
  return i32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3))
}

/** Weighted squared error between the bits of the bytes at the first places and the outputs, in loss units. */
export function lossSimd(bytes: usize, places: usize, placeCount: i32, outputs: usize, roots: usize): u32 {
  let sums = i32x4.splat(0)
  for (const end = places + <usize>placeCount; places < end; places++) {
    sums = i32x4.add(sums, squares(bytes + load<u8>(places), outputs, v128.load(roots)))
    outputs += 16
    roots += 16
  }
  return i32x4.extract_lane(sumsOfLanes(sums, sums, sums, sums), 0)
}

/** The same for four samples, SAMPLE_BYTES apart; the losses (u32) go to `out`. */
export function lossFourSimd(
  bytes: usize,
  places: usize,
  placeCount: i32,
  outputs: usize,
  roots: usize,
  out: usize,
): void {
  let a = i32x4.splat(0)
  let b = a
  let c = a
  let d = a
  for (const end = places + <usize>placeCount; places < end; places++) {
    const byte = bytes + load<u8>(places)
    const root = v128.load(roots)
    a = i32x4.add(a, squares(byte, outputs, root))
    b = i32x4.add(b, squares(byte + SAMPLE_BYTES, outputs + SAMPLE_BYTES, root))
    c = i32x4.add(c, squares(byte + SAMPLE_BYTES * 2, outputs + SAMPLE_BYTES * 2, root))
    d = i32x4.add(d, squares(byte + SAMPLE_BYTES * 3, outputs + SAMPLE_BYTES * 3, root))
    outputs += 16
    roots += 16
  }
  v128.store(out, sumsOfLanes(a, b, c, d))
}
