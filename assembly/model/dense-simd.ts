/** The layers of the deployed network on 128-bit vectors. Same integers as dense-scalar.ts, to the last bit. */

function sqnl(x: v128): v128 {
  const c = i32x4.min_s(i32x4.max_s(x, i32x4.splat(-2048)), i32x4.splat(2048))
  return i32x4.sub(c, i32x4.shr_s(i32x4.mul(c, i32x4.abs(c)), 12))
}

/** First layer from the table: `hidden` activations (i16, Q10) at `out`. `bytes` are masked, byte 0 least significant. */
export function firstLayerSimd(table: usize, biases: usize, bytes: u64, hidden: i32, out: usize): void {
  const stride = (<usize>hidden) << 1
  for (let unit: usize = 0; unit < stride; unit += 16) {
    let low = v128.load(biases + (unit << 1))
    let high = v128.load(biases + (unit << 1), 16)
    let row = table + unit
    let rest = bytes
    for (let byte = 0; byte < 8; byte++) {
      const sums = v128.load(row + <usize>(rest & 255) * stride)
      low = i32x4.add(low, i32x4.extend_low_i16x8_s(sums))
      high = i32x4.add(high, i32x4.extend_high_i16x8_s(sums))
      rest >>= 8
      row += stride << 8
    }
    v128.store(out + unit, i16x8.narrow_i32x4_s(sqnl(low), sqnl(high)))
  }
}

/** Four rows' sums of products, one a lane. */
function fourDots(weights: usize, stride: usize, inputs: usize): v128 {
  let a = i32x4.splat(0)
  let b = i32x4.splat(0)
  let c = i32x4.splat(0)
  let d = i32x4.splat(0)
  for (let i: usize = 0; i < stride; i += 16) {
    const x = v128.load(inputs + i)
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load(weights + i), x))
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load(weights + stride + i), x))
    c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load(weights + stride * 2 + i), x))
    d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load(weights + stride * 3 + i), x))
  }
  // Transposing sum: lane n of the result is the sum of the n-th accumulator's lanes.
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 2, 6), v128.shuffle<i32>(a, b, 1, 5, 3, 7))
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 2, 6), v128.shuffle<i32>(c, d, 1, 5, 3, 7))
  return i32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3))
}

function rounded(sums: v128, biases: usize): v128 {
  return i32x4.shr_s(i32x4.add(i32x4.add(sums, v128.load(biases)), i32x4.splat(512)), 10)
}

/** A hidden layer: `outputs` activations (i16, Q10) at `out`. Counts are multiples of eight. */
export function hiddenLayerSimd(
  weights: usize,
  biases: usize,
  inputs: usize,
  inputCount: i32,
  out: usize,
  outputs: i32,
): void {
  const stride = (<usize>inputCount) << 1
  for (let o: usize = 0; o < <usize>outputs; o += 8) {
    const low = sqnl(rounded(fourDots(weights, stride, inputs), biases))
    const high = sqnl(rounded(fourDots(weights + stride * 4, stride, inputs), biases + 16))
    v128.store(out + (o << 1), i16x8.narrow_i32x4_s(low, high))
    weights += stride * 8
    biases += 32
  }
}

/** The linear output layer: 64 values (i16, Q10, within +-32767) at `out`. */
export function outputLayerSimd(
  weights: usize,
  biases: usize,
  inputs: usize,
  inputCount: i32,
  out: usize,
): void {
  const stride = (<usize>inputCount) << 1
  for (let o: usize = 0; o < 64; o += 8) {
    const low = rounded(fourDots(weights, stride, inputs), biases)
    const high = rounded(fourDots(weights + stride * 4, stride, inputs), biases + 16)
    v128.store(out + (o << 1), i16x8.max_s(i16x8.narrow_i32x4_s(low, high), i16x8.splat(-32767)))
    weights += stride * 8
    biases += 32
  }
}

/** Weighted squared error between the bits of the eight bytes at `bytes` and the outputs, in loss units. */
export function lossSimd(bytes: usize, outputs: usize, roots: usize): u32 {
  const bits = i16x8(0x80, 0x40, 0x20, 0x10, 8, 4, 2, 1)
  let sums = i32x4.splat(0)
  for (let i: usize = 0; i < 8; i++) {
    const clear = i16x8.eq(v128.and(i16x8.splat(<i16>load<u8>(bytes + i)), bits), i16x8.splat(0))
    const target = v128.bitselect(i16x8.splat(-1024), i16x8.splat(1024), clear)
    const error = i16x8.max_s(i16x8.sub_sat_s(target, v128.load(outputs + (i << 4))), i16x8.splat(-32767))
    const product = i16x8.q15mulr_sat_s(error, v128.load(roots + (i << 4)))
    const weighted = i16x8.min_s(i16x8.max_s(product, i16x8.splat(-8191)), i16x8.splat(8191))
    sums = i32x4.add(sums, i32x4.dot_i16x8_s(weighted, weighted))
  }
  return (
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) +
    i32x4.extract_lane(sums, 3)
  )
}
