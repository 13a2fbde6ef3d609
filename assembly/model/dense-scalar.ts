/** The layers of the deployed network, one value at a time. Same integers as dense-simd.ts, to the last bit. */

function sqnl(x: i32): i32 {
  const c = min(max(x, -2048), 2048)
  return c - ((c * abs(c)) >> 12)
}

/** First layer from the table: `hidden` activations (i16, Q10) at `out`. `bytes` are masked, byte 0 least significant. */
export function firstLayerScalar(table: usize, biases: usize, bytes: u64, hidden: i32, out: usize): void {
  const stride = (<usize>hidden) << 1
  for (let unit: usize = 0; unit < <usize>hidden; unit++) {
    let sum = load<i32>(biases + (unit << 2))
    let row = table + (unit << 1)
    let rest = bytes
    for (let byte = 0; byte < 8; byte++) {
      sum += <i32>load<i16>(row + <usize>(rest & 255) * stride)
      rest >>= 8
      row += stride << 8
    }
    store<i16>(out + (unit << 1), <i16>sqnl(sum))
  }
}

function dot(weights: usize, inputs: usize, count: i32): i32 {
  let sum = 0
  for (let i: usize = 0; i < (<usize>count) << 1; i += 2) {
    sum += <i32>load<i16>(weights + i) * <i32>load<i16>(inputs + i)
  }
  return sum
}

/** A hidden layer: `outputs` activations (i16, Q10) at `out`. */
export function hiddenLayerScalar(
  weights: usize,
  biases: usize,
  inputs: usize,
  inputCount: i32,
  out: usize,
  outputs: i32,
): void {
  for (let o: usize = 0; o < <usize>outputs; o++) {
    const sum = dot(weights, inputs, inputCount) + load<i32>(biases + (o << 2))
    store<i16>(out + (o << 1), <i16>sqnl((sum + 512) >> 10))
    weights += (<usize>inputCount) << 1
  }
}

/** The linear output layer: 64 values (i16, Q10, within +-32767) at `out`. */
export function outputLayerScalar(
  weights: usize,
  biases: usize,
  inputs: usize,
  inputCount: i32,
  out: usize,
): void {
  for (let o: usize = 0; o < 64; o++) {
    const sum = dot(weights, inputs, inputCount) + load<i32>(biases + (o << 2))
    store<i16>(out + (o << 1), <i16>min(max((sum + 512) >> 10, -32767), 32767))
    weights += (<usize>inputCount) << 1
  }
}

/** Weighted squared error between the bits of the eight bytes at `bytes` and the outputs, in loss units. */
export function lossScalar(bytes: usize, outputs: usize, roots: usize): u32 {
  let sum: u32 = 0
  for (let i: usize = 0; i < 64; i++) {
    const bit = <i32>load<u8>(bytes + (i >> 3)) & (0x80 >> (<i32>i & 7))
    const target = bit ? 1024 : -1024
    const error = min(max(target - <i32>load<i16>(outputs + (i << 1)), -32767), 32767)
    const weighted = min(max((error * <i32>load<i16>(roots + (i << 1)) + 16384) >> 15, -8191), 8191)
    sum += <u32>(weighted * weighted)
  }
  return sum
}
