import type { firsteight } from '../generated/messages.js'

/**
 * The scoring network in plain, tuned JavaScript: the same integers as the kernel's (weights and activations Q10,
 * first layer by table), so that the kernel is compared with what JavaScript could do at its best.
 */
export class JavaScriptNetwork {
  readonly #mask: Uint8Array
  readonly #hidden: number
  /** [8 bytes][256 values][hidden] sums of the byte's weights, Q10. */
  readonly #table: Int16Array
  readonly #biases: Int32Array[]
  readonly #weights: Int16Array[]
  /** Square roots of the loss weights, Q15. */
  readonly #roots: Int16Array
  readonly #sums: Int32Array
  readonly #first: Int16Array
  readonly #second: Int16Array
  readonly #third: Int16Array
  readonly #output = new Int16Array(64)

  /** @param context a checked context of a model file */
  constructor(context: firsteight.v1.ContextModel) {
    const layers = context.layers as firsteight.v1.Layer[]
    this.#mask = context.inputMask
    this.#hidden = layers[0]!.outputs
    this.#table = firstLayerTable(layers[0]!, context.inputMask)
    this.#weights = layers.map((layer) => Int16Array.from(layer.weights, (weight) => weight * 1024))
    // Biases meet sums of Q20 products behind the first layer, and Q10 table sums in it.
    this.#biases = layers.map((layer, index) =>
      Int32Array.from(layer.biases, (bias) => bias * (index === 0 ? 1024 : 1024 * 1024)),
    )
    this.#roots = Int16Array.from(context.lossWeights, (weight, bit) =>
      context.inputMask[bit >> 3]! & (0x80 >> (bit & 7)) ? Math.floor(Math.sqrt(weight) * 32767 + 0.5) : 0,
    )
    this.#sums = new Int32Array(this.#hidden)
    this.#first = new Int16Array(this.#hidden)
    this.#second = new Int16Array(layers[1]!.outputs)
    this.#third = new Int16Array(this.#hidden)
  }

  /** Loss of the eight bytes at `at`, in units of 2^-26. */
  loss(bytes: Uint8Array, at: number): number {
    this.#firstLayer(bytes, at)
    dense(this.#weights[1]!, this.#biases[1]!, this.#first, this.#second, true)
    dense(this.#weights[2]!, this.#biases[2]!, this.#second, this.#third, true)
    dense(this.#weights[3]!, this.#biases[3]!, this.#third, this.#output, false)
    return this.#weightedError(bytes, at)
  }

  #firstLayer(bytes: Uint8Array, at: number): void {
    const hidden = this.#hidden
    const table = this.#table
    const biases = this.#biases[0]!
    const out = this.#first
    const sums = this.#sums
    for (let unit = 0; unit < hidden; unit++) sums[unit] = biases[unit]!
    for (let byte = 0; byte < 8; byte++) {
      const row = (byte * 256 + (bytes[at + byte]! & this.#mask[byte]!)) * hidden
      for (let unit = 0; unit < hidden; unit++) sums[unit] = (sums[unit]! + table[row + unit]!) | 0
    }
    for (let unit = 0; unit < hidden; unit++) out[unit] = sqnl(sums[unit]!)
  }

  #weightedError(bytes: Uint8Array, at: number): number {
    let sum = 0
    for (let bit = 0; bit < 64; bit++) {
      const root = this.#roots[bit]!
      if (root === 0) continue
      const set = bytes[at + (bit >> 3)]! & (0x80 >> (bit & 7))
      const error = clamp((set ? 1024 : -1024) - this.#output[bit]!, 32767)
      const weighted = clamp((error * root + 16384) >> 15, 8191)
      sum += weighted * weighted
    }
    return sum
  }
}

function clamp(value: number, limit: number): number {
  return Math.min(Math.max(value, -limit), limit)
}

/** Square nonlinearity, Q10. */
function sqnl(value: number): number {
  const x = clamp(value, 2048)
  return x - ((x * (x < 0 ? -x : x)) >> 12)
}

function dense(
  weights: Int16Array,
  biases: Int32Array,
  input: Int16Array,
  out: Int16Array,
  hidden: boolean,
): void {
  const inputs = input.length
  let at = 0
  for (let o = 0; o < out.length; o++) {
    let sum = biases[o]!
    for (let i = 0; i < inputs; i++) sum = (sum + Math.imul(weights[at++]!, input[i]!)) | 0
    const scaled = ((sum + 512) | 0) >> 10
    out[o] = hidden ? sqnl(scaled) : clamp(scaled, 32767)
  }
}

function firstLayerTable(layer: firsteight.v1.Layer, mask: Uint8Array): Int16Array {
  const hidden = layer.outputs
  const table = new Int16Array(8 * 256 * hidden)
  for (let index = 0; index < 8 * 256; index++) {
    const byte = index >> 8
    for (let bit = 0; bit < 8; bit++) {
      const probe = 0x80 >> bit
      if (!(mask[byte]! & probe)) continue
      const sign = index & probe ? 1024 : -1024
      for (let unit = 0; unit < hidden; unit++) {
        table[index * hidden + unit]! += sign * layer.weights[unit * 64 + byte * 8 + bit]!
      }
    }
  }
  return table
}
