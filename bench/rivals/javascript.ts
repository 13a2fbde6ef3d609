import { maskBit } from '../../core/model-rules.js'
import type { firsteight } from '../../generated/messages.js'

/**
 * The scoring network in plain, tuned JavaScript: the same integers as the kernel's (weights and activations Q10,
 * first layer by table, nothing computed for masked bytes), so that the kernel is compared with what JavaScript could
 * do at its best. Doubles, four outputs at a time, are faster here than int32 with Math.imul, and as exact.
 */
export class JavaScriptNetwork {
  /** The bytes that the mask lets through. */
  readonly #bytes: Uint8Array
  readonly #mask: Uint8Array
  readonly #hidden: number
  /** [bytes][256 values][hidden] sums of the byte's weights, Q10. */
  readonly #table: Int16Array
  readonly #biases: Int32Array
  readonly #second: DenseLayer
  readonly #third: DenseLayer
  readonly #fourth: DenseLayer
  /** Square roots of the loss weights, Q15, by byte of `#bytes`. */
  readonly #roots: Int32Array
  readonly #sums: Int32Array
  readonly #first: Float64Array

  /** @param context a checked context of a model file */
  constructor(context: firsteight.v1.ContextModel) {
    const [first, second, third, fourth] = context.layers as [Layer, Layer, Layer, Layer]
    const mask = context.inputMask
    this.#mask = mask
    this.#bytes = Uint8Array.from([...mask.keys()].filter((byte) => mask[byte] !== 0))
    const bits = [...this.#bytes].flatMap((byte) => Array.from({ length: 8 }, (_, bit) => byte * 8 + bit))
    this.#hidden = first.outputs
    this.#table = firstLayerTable(first, mask, this.#bytes)
    this.#biases = Int32Array.from(first.biases, (bias) => bias * 1024)
    this.#second = new DenseLayer(second)
    this.#third = new DenseLayer(third)
    this.#fourth = new DenseLayer(fourth, bits)
    this.#roots = Int32Array.from(bits, (bit) =>
      maskBit(mask, bit) ? Math.floor(Math.sqrt(context.lossWeights[bit]!) * 32767 + 0.5) : 0,
    )
    this.#sums = new Int32Array(this.#hidden)
    this.#first = new Float64Array(this.#hidden)
  }

  /** Loss of the eight bytes at `at`, in units of 2^-26. */
  loss(bytes: Uint8Array, at: number): number {
    this.#firstLayer(bytes, at)
    this.#second.run(this.#first, true)
    this.#third.run(this.#second.out, true)
    this.#fourth.run(this.#third.out, false)
    return this.#weightedError(bytes, at)
  }

  #firstLayer(bytes: Uint8Array, at: number): void {
    const hidden = this.#hidden
    const table = this.#table
    const sums = this.#sums
    const out = this.#first
    sums.set(this.#biases)
    for (let place = 0; place < this.#bytes.length; place++) {
      const byte = this.#bytes[place]!
      const row = (place * 256 + (bytes[at + byte]! & this.#mask[byte]!)) * hidden
      for (let unit = 0; unit < hidden; unit++) sums[unit]! += table[row + unit]!
    }
    for (let unit = 0; unit < hidden; unit++) out[unit] = sqnl(sums[unit]!)
  }

  #weightedError(bytes: Uint8Array, at: number): number {
    const outputs = this.#fourth.out
    const roots = this.#roots
    let sum = 0
    let output = 0
    for (let place = 0; place < this.#bytes.length; place++) {
      const byte = bytes[at + this.#bytes[place]!]!
      for (let probe = 0x80; probe !== 0; probe >>= 1) {
        const error = clamp((byte & probe ? 1024 : -1024) - outputs[output]!, 32767)
        const weighted = clamp((Math.imul(error, roots[output]!) + 16384) >> 15, 8191)
        sum += weighted * weighted
        output++
      }
    }
    return sum
  }
}

type Layer = firsteight.v1.Layer

class DenseLayer {
  readonly out: Float64Array
  readonly #inputs: number
  /** [block of four outputs][input][4] */
  readonly #weights: Float64Array
  /** Q20, with half a unit of Q10 for rounding. */
  readonly #biases: Float64Array

  /** @param rows which outputs to work out; the default is all */
  constructor(layer: Layer, rows: readonly number[] = [...layer.biases.keys()]) {
    const { inputs, weights, biases } = layer
    this.#inputs = inputs
    this.out = new Float64Array(rows.length)
    this.#biases = Float64Array.from(rows, (row) => biases[row]! * 2 ** 20 + 512)
    this.#weights = new Float64Array(rows.length * inputs)
    rows.forEach((row, output) => {
      for (let input = 0; input < inputs; input++) {
        this.#weights[((output >> 2) * inputs + input) * 4 + (output & 3)] =
          weights[row * inputs + input]! * 1024
      }
    })
  }

  run(input: Float64Array, hidden: boolean): void {
    const inputs = this.#inputs
    const weights = this.#weights
    const biases = this.#biases
    const out = this.out
    let at = 0
    for (let o = 0; o < out.length; o += 4) {
      let a = biases[o]!
      let b = biases[o + 1]!
      let c = biases[o + 2]!
      let d = biases[o + 3]!
      for (let i = 0; i < inputs; i++) {
        const x = input[i]!
        a += weights[at]! * x
        b += weights[at + 1]! * x
        c += weights[at + 2]! * x
        d += weights[at + 3]! * x
        at += 4
      }
      out[o] = hidden ? sqnl(a >> 10) : clamp(a >> 10, 32767)
      out[o + 1] = hidden ? sqnl(b >> 10) : clamp(b >> 10, 32767)
      out[o + 2] = hidden ? sqnl(c >> 10) : clamp(c >> 10, 32767)
      out[o + 3] = hidden ? sqnl(d >> 10) : clamp(d >> 10, 32767)
    }
  }
}

function clamp(value: number, limit: number): number {
  return value < -limit ? -limit : value > limit ? limit : value
}

/** Square nonlinearity, Q10. */
function sqnl(value: number): number {
  const x = clamp(value, 2048)
  return x - ((x * (x < 0 ? -x : x)) >> 12)
}

function firstLayerTable(layer: Layer, mask: Uint8Array, bytes: Uint8Array): Int16Array {
  const hidden = layer.outputs
  const table = new Int16Array(bytes.length * 256 * hidden)
  for (let row = 0; row < bytes.length * 256; row++) {
    const byte = bytes[row >> 8]!
    for (let bit = 0; bit < 8; bit++) {
      const probe = 0x80 >> bit
      if (!(mask[byte]! & probe)) continue
      const sign = row & probe ? 1024 : -1024
      for (let unit = 0; unit < hidden; unit++) {
        table[row * hidden + unit]! += sign * layer.weights[unit * 64 + byte * 8 + bit]!
      }
    }
  }
  return table
}
