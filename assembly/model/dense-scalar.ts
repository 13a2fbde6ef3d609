import { ROW_BYTES, TABLE_BYTES } from './layout'

/**
 * The layers of the deployed network without vectors. Same integers as dense-simd.ts, to the last bit.
 *
 * One 64-bit multiplication serves two outputs: the first output's weight plus 2^32 times the second's stand as one
 * i64, so a sum of products is the first output's sum plus 2^32 times the second's. Each fits 32 bits: 32 products of
 * at most 2^10 by 2^14. For each block of four outputs and each input there are two such pairs.
 */

/** Puts one weight (Q10) of a layer with so many inputs in its place, which was zero. */
export function putWeightScalar(weights: usize, inputs: i32, input: i32, output: i32, weight: i32): void {
  const pair = ((output >> 2) * inputs + input) * 2 + ((output >> 1) & 1)
  const place = weights + ((<usize>pair) << 3)
  store<i64>(place, load<i64>(place) + ((<i64>weight) << (output & 1 ? 32 : 0)))
}

function sqnl(x: i32): i32 {
  const c = min(max(x, -2048), 2048)
  return c - ((c * abs(c)) >> 12)
}

/** First layer from the table: `hidden` activations (i32, Q10) at `out`, of the bytes at the first places. */
export function firstLayerScalar(
  table: usize,
  biases: usize,
  bytes: usize,
  places: usize,
  placeCount: i32,
  hidden: i32,
  out: usize,
): void {
  const end = places + <usize>placeCount
  for (const outEnd = out + ((<usize>hidden) << 2); out < outEnd; out += 16) {
    let a = load<i32>(biases)
    let b = load<i32>(biases, 4)
    let c = load<i32>(biases, 8)
    let d = load<i32>(biases, 12)
    let rows = table
    for (let place = places; place < end; place++) {
      const row = rows + <usize>load<u8>(bytes + load<u8>(place)) * ROW_BYTES
      a += <i32>load<i16>(row)
      b += <i32>load<i16>(row, 2)
      c += <i32>load<i16>(row, 4)
      d += <i32>load<i16>(row, 6)
      rows += TABLE_BYTES
    }
    store<i32>(out, sqnl(a))
    store<i32>(out, sqnl(b), 4)
    store<i32>(out, sqnl(c), 8)
    store<i32>(out, sqnl(d), 12)
    table += 8
    biases += 16
  }
}

/** The first output's sum of a pair. */
function low(sums: i64): i32 {
  return <i32>sums
}

function high(sums: i64): i32 {
  return <i32>((sums - <i64>low(sums)) >> 32)
}

/** An output in Q10 from its sum in Q20. */
function output(sum: i32, linear: bool): i32 {
  const value = sum >> 10
  return linear ? min(max(value, -32767), 32767) : sqnl(value)
}

/** A later layer: `outputCount` activations, or linear outputs, (i32, Q10) at `out`. Counts are multiples of eight. */
export function denseScalar(
  weights: usize,
  biases: usize,
  inputs: usize,
  inputCount: i32,
  out: usize,
  outputCount: i32,
  linear: bool,
): void {
  const end = inputs + ((<usize>inputCount) << 2)
  for (const outEnd = out + ((<usize>outputCount) << 2); out < outEnd; out += 16) {
    let ab: i64 = 0
    let cd: i64 = 0
    for (let input = inputs; input < end; input += 8) {
      const x: i64 = load<i32>(input)
      const y: i64 = load<i32>(input, 4)
      ab += x * load<i64>(weights)
      cd += x * load<i64>(weights, 8)
      ab += y * load<i64>(weights, 16)
      cd += y * load<i64>(weights, 24)
      weights += 32
    }
    store<i32>(out, output(low(ab) + load<i32>(biases), linear))
    store<i32>(out, output(high(ab) + load<i32>(biases, 4), linear), 4)
    store<i32>(out, output(low(cd) + load<i32>(biases, 8), linear), 8)
    store<i32>(out, output(high(cd) + load<i32>(biases, 12), linear), 12)
    biases += 16
  }
}

/** Weighted squared error between the bits of the bytes at the first places and the outputs, in loss units. */
export function lossScalar(bytes: usize, places: usize, placeCount: i32, outputs: usize, roots: usize): u32 {
  let sum: u32 = 0
  for (const end = places + <usize>placeCount; places < end; places++) {
    const byte = <i32>load<u8>(bytes + load<u8>(places))
    for (let probe = 0x80; probe; probe >>= 1) {
      const target = byte & probe ? 1024 : -1024
      const error = min(max(target - load<i32>(outputs), -32767), 32767)
      const weighted = min(max((error * <i32>load<i16>(roots) + 16384) >> 15, -8191), 8191)
      sum += <u32>(weighted * weighted)
      outputs += 4
      roots += 2
    }
  }
  return sum
}
