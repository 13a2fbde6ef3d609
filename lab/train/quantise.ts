import {
  BOTTLENECK_WIDTHS,
  FIRST_SUM_LIMIT,
  GRID,
  HIDDEN_WIDTHS,
  INPUT_BITS,
} from '../../core/model-rules.js'
import { firsteight } from '../../generated/messages.js'

const { Activation } = firsteight.v1

/**
 * A trained network as the layers that are deployed: every number on the grid of 1/1024, and widths that the
 * kernel cannot run padded with units that stay at zero. A first-layer unit whose sums could leave int16 is made
 * smaller: such a unit is saturated long before.
 * @param parameters in the training kernel's order: layer 1 weights, biases, layer 2 weights, ...
 */
export function quantiseNetwork(
  parameters: ArrayLike<number>,
  hidden: number,
  bottleneck: number,
): firsteight.v1.Layer.$Properties[] {
  const trained = [INPUT_BITS, hidden, bottleneck, hidden, INPUT_BITS]
  const wide = nextWidth(hidden, HIDDEN_WIDTHS)
  const narrow = nextWidth(bottleneck, BOTTLENECK_WIDTHS)
  const deployed = [INPUT_BITS, wide, narrow, wide, INPUT_BITS]
  let position = 0
  return deployed.slice(1).map((outputs, index) => {
    const inputs = deployed[index]!
    const trainedInputs = trained[index]!
    const trainedOutputs = trained[index + 1]!
    const weights = new Array<number>(inputs * outputs).fill(0)
    for (let row = 0; row < trainedOutputs; row++) {
      for (let column = 0; column < trainedInputs; column++) {
        weights[row * inputs + column] = toGrid(parameters[position++]!)
      }
    }
    const biases = new Array<number>(outputs).fill(0)
    for (let row = 0; row < trainedOutputs; row++) biases[row] = toGrid(parameters[position++]!)
    if (index === 0) fitFirstSums(weights, biases)
    return { inputs, outputs, activation: index === 3 ? Activation.LINEAR : Activation.SQNL, weights, biases }
  })
}

function fitFirstSums(weights: number[], biases: number[]): void {
  for (const [unit, bias] of biases.entries()) {
    const first = unit * INPUT_BITS
    const row = weights.slice(first, first + INPUT_BITS)
    const sum = row.reduce((total, weight) => total + Math.abs(weight), Math.abs(bias)) * GRID
    if (sum <= FIRST_SUM_LIMIT) continue
    const shrink = (value: number) => Math.trunc((value * GRID * FIRST_SUM_LIMIT) / sum) / GRID + 0
    biases[unit] = shrink(bias)
    row.forEach((weight, bit) => {
      weights[first + bit] = shrink(weight)
    })
  }
}

/** Nearest multiple of 1/1024; plus zero turns -0 into 0, whose bytes differ. */
function toGrid(value: number): number {
  return Math.round(value * GRID) / GRID + 0
}

function nextWidth(width: number, widths: readonly number[]): number {
  return widths.find((candidate) => candidate >= width)!
}
