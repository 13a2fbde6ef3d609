import { activationsOf, deltasOf, slopesOf } from './memory'
import { biasesOf, gradientAt, weightsOf, widthOf } from './network'

/** Carries the deltas of layer 4 back to layer 1 and adds each parameter's share to GRADIENT. */
export function backward(): void {
  for (let layer = 4; layer >= 1; layer--) {
    addGradient(layer)
    if (layer > 1) carryBack(layer)
  }
}

/** gradient of weight[o][i] += delta[o] * input[i]; of bias[o] += delta[o]. */
function addGradient(layer: i32): void {
  const inputs = widthOf(layer - 1)
  const outputs = widthOf(layer)
  const input = activationsOf(layer - 1)
  const delta = deltasOf(layer)
  const biases = gradientAt(biasesOf(layer))
  let weight = gradientAt(weightsOf(layer))
  for (let o = 0; o < outputs; o++) {
    const share = load<f32>(delta + o * 4)
    for (let i = 0; i < inputs; i++) {
      const address = weight + i * 4
      store<f32>(address, load<f32>(address) + share * load<f32>(input + i * 4))
    }
    store<f32>(biases + o * 4, load<f32>(biases + o * 4) + share)
    weight += inputs * 4
  }
}

/** delta below [i] = slope[i] * sum over o of weight[o][i] * delta[o]. */
function carryBack(layer: i32): void {
  const inputs = widthOf(layer - 1)
  const outputs = widthOf(layer)
  const delta = deltasOf(layer)
  const below = deltasOf(layer - 1)
  const slopes = slopesOf(layer - 1)
  memory.fill(below, 0, inputs * 4)
  let weight = weightsOf(layer)
  for (let o = 0; o < outputs; o++) {
    const share = load<f32>(delta + o * 4)
    for (let i = 0; i < inputs; i++) {
      const address = below + i * 4
      store<f32>(address, load<f32>(address) + share * load<f32>(weight + i * 4))
    }
    weight += inputs * 4
  }
  for (let i = 0; i < inputs; i++) {
    const address = below + i * 4
    store<f32>(address, load<f32>(address) * load<f32>(slopes + i * 4))
  }
}
