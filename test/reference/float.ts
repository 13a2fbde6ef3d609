import { maskBit } from '../../core/model-rules.js'

/** Dense layer of the f64 reference: weights outputs x inputs, row-major. */
export interface FloatLayer {
  inputs: number
  outputs: number
  weights: ArrayLike<number>
  biases: ArrayLike<number>
}

/** Square nonlinearity: x - x|x|/4 for |x| <= 2, else the sign of x. */
export function sqnl(x: number): number {
  return x >= 2 ? 1 : x <= -2 ? -1 : x - (x * Math.abs(x)) / 4
}

/** The network's input: +1 and -1 for the bits of eight bytes, most significant first; 0 where masked. */
export function inputBits(bytes: Uint8Array, mask: Uint8Array): number[] {
  return Array.from({ length: 64 }, (_, bit) => (!maskBit(mask, bit) ? 0 : maskBit(bytes, bit) ? 1 : -1))
}

/** Outputs of all layers, in real numbers: SQNL after each but the last. Returns one array a layer. */
export function forward(layers: readonly FloatLayer[], input: readonly number[]): number[][] {
  const outputs: number[][] = []
  let current = input
  layers.forEach((layer, index) => {
    const output = Array.from({ length: layer.outputs }, (_, row) => {
      let sum = layer.biases[row]!
      for (let column = 0; column < layer.inputs; column++) {
        sum += layer.weights[row * layer.inputs + column]! * current[column]!
      }
      return index === layers.length - 1 ? sum : sqnl(sum)
    })
    outputs.push(output)
    current = output
  })
  return outputs
}

/** Mean over 64 bits of lossWeight_i * (target_i - output_i)^2. */
export function weightedLoss(
  target: readonly number[],
  output: readonly number[],
  lossWeights: ArrayLike<number>,
): number {
  let sum = 0
  for (let bit = 0; bit < 64; bit++) sum += lossWeights[bit]! * (target[bit]! - output[bit]!) ** 2
  return sum / 64
}
