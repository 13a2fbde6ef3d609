import { maskBit } from '../../core/model-rules.js'
import type { firsteight } from '../../generated/messages.js'

/** What one stream's eight bytes score. */
export interface Score {
  /** Sum of squares, unsigned 32 bits: the loss times 2^26. */
  lossUnits: number
  /** Eight bytes: a bit is 1 where the network's output is above zero. */
  reconstructed: Uint8Array
}

const clamp = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value))

/** SQNL of a Q10 integer, as deployed: clamp to two, then c - ((c * |c|) >> 12). */
export function sqnlQ10(x: number): number {
  const c = clamp(x, 2048)
  return c - ((c * Math.abs(c)) >> 12)
}

/**
 * The deployed integer network (docs/decisions/0001), written plainly: every kernel must agree with it to the last bit.
 * Q10: a value times 1024.
 */
export class IntegerNetwork {
  private readonly layers: { inputs: number; outputs: number; weights: number[]; biases: number[] }[]
  private readonly roots: number[]

  constructor(private readonly context: firsteight.v1.ContextModel) {
    const toQ10 = (value: number) => Math.round(value * 1024)
    this.layers = (context.layers as firsteight.v1.Layer[]).map((layer) => ({
      inputs: layer.inputs,
      outputs: layer.outputs,
      weights: layer.weights.map(toQ10),
      biases: layer.biases.map(toQ10),
    }))
    this.roots = context.lossWeights.map((weight, bit) =>
      maskBit(context.inputMask, bit) ? Math.round(Math.sqrt(weight) * 32767) : 0,
    )
  }

  /** Q10 outputs of all layers. */
  forward(bytes: Uint8Array): number[][] {
    const input = Array.from({ length: 64 }, (_, bit) =>
      !maskBit(this.context.inputMask, bit) ? 0 : maskBit(bytes, bit) ? 1 : -1,
    )
    const outputs: number[][] = []
    let current: number[] = input
    this.layers.forEach((layer, index) => {
      current = Array.from({ length: layer.outputs }, (_, row) => {
        let sum = index === 0 ? layer.biases[row]! : layer.biases[row]! * 1024 + 512
        for (let column = 0; column < layer.inputs; column++) {
          sum += layer.weights[row * layer.inputs + column]! * current[column]!
        }
        if (index === 0) return sqnlQ10(sum)
        return index === 3 ? clamp(sum >> 10, 32767) : sqnlQ10(sum >> 10)
      })
      outputs.push(current)
    })
    return outputs
  }

  score(bytes: Uint8Array): Score {
    const outputs = this.forward(bytes)[3]!
    const reconstructed = new Uint8Array(8)
    let lossUnits = 0
    outputs.forEach((output, bit) => {
      const error = clamp((maskBit(bytes, bit) ? 1024 : -1024) - output, 32767)
      const scaled = clamp((error * this.roots[bit]! + 16384) >> 15, 8191)
      lossUnits += scaled * scaled
      if (output > 0) reconstructed[bit >> 3]! |= 0x80 >> (bit & 7)
    })
    return { lossUnits, reconstructed }
  }
}
