import { GRADIENT, INPUT_BITS, PARAMETERS } from './memory'

let hidden: i32 = 32
let bottleneck: i32 = 8

/** Chooses the network 64 -> hidden -> bottleneck -> hidden -> 64. */
export function setShape(hiddenUnits: i32, bottleneckUnits: i32): void {
  hidden = hiddenUnits
  bottleneck = bottleneckUnits
}

/** Units of layer 0 (the input) to 4 (the output). */
export function widthOf(layer: i32): i32 {
  if (layer == 0 || layer == 4) return INPUT_BITS
  return layer == 2 ? bottleneck : hidden
}

/** Index of layer 1 to 5's first parameter; 5 is the end of all. Weights come first, then biases. */
export function firstParameterOf(layer: i32): i32 {
  let index = 0
  for (let before = 1; before < layer; before++) index += widthOf(before) * (widthOf(before - 1) + 1)
  return index
}

export function parameterCount(): i32 {
  return firstParameterOf(5)
}

export function weightsOf(layer: i32): i32 {
  return PARAMETERS + firstParameterOf(layer) * 4
}

export function biasesOf(layer: i32): i32 {
  return weightsOf(layer) + widthOf(layer) * widthOf(layer - 1) * 4
}

/** Address of the gradient that belongs to the parameter at an address. */
export function gradientAt(parameter: i32): i32 {
  return parameter + (GRADIENT - PARAMETERS)
}
