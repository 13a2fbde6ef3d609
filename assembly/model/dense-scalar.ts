/** The layers of the deployed network, one value at a time. Same integers as dense-simd.ts, to the last bit. */

function sqnl(x: i32): i32 {
  const c = min(max(x, -2048), 2048)
  return c - ((c * abs(c)) >> 12)
}

/** First layer from the table: `hidden` activations (i16, Q10) at `out`. `bytes` are masked, byte 0 least significant. */
export function firstLayerScalar(table: usize, biases: usize, bytes: u64, hidden: i32, out: usize): void {
  const stride = (<usize>hidden) << 1
  // One row of the table for each input byte.
  const a = table + <usize>(bytes & 255) * stride
  const b = table + <usize>(256 + ((bytes >> 8) & 255)) * stride
  const c = table + <usize>(512 + ((bytes >> 16) & 255)) * stride
  const d = table + <usize>(768 + ((bytes >> 24) & 255)) * stride
  const e = table + <usize>(1024 + ((bytes >> 32) & 255)) * stride
  const f = table + <usize>(1280 + ((bytes >> 40) & 255)) * stride
  const g = table + <usize>(1536 + ((bytes >> 48) & 255)) * stride
  const h = table + <usize>(1792 + (bytes >> 56)) * stride
  for (let unit: usize = 0; unit < stride; unit += 2) {
    const low =
      <i32>load<i16>(a + unit) +
      <i32>load<i16>(b + unit) +
      <i32>load<i16>(c + unit) +
      <i32>load<i16>(d + unit)
    const high =
      <i32>load<i16>(e + unit) +
      <i32>load<i16>(f + unit) +
      <i32>load<i16>(g + unit) +
      <i32>load<i16>(h + unit)
    store<i16>(out + unit, <i16>sqnl(load<i32>(biases + (unit << 1)) + low + high))
  }
}

function product(weights: usize, inputs: usize): i32 {
  return <i32>load<i16>(weights) * <i32>load<i16>(inputs)
}

/** Sum of products; `count` is a multiple of eight. Written out in eights: a loop of one product a turn takes twice as long. */
function dot(weights: usize, inputs: usize, count: i32): i32 {
  let sum = 0
  for (const end = weights + ((<usize>count) << 1); weights < end; weights += 16, inputs += 16) {
    sum += product(weights, inputs)
    sum += product(weights + 2, inputs + 2)
    sum += product(weights + 4, inputs + 4)
    sum += product(weights + 6, inputs + 6)
    sum += product(weights + 8, inputs + 8)
    sum += product(weights + 10, inputs + 10)
    sum += product(weights + 12, inputs + 12)
    sum += product(weights + 14, inputs + 14)
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
