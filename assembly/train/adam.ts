import { exactParameter, storeParameter } from './grid'
import { FIRST_MOMENT, GRADIENT, SECOND_MOMENT } from './memory'
import { parameterCount } from './network'

/** Adam (Kingma and Ba 2015) with its published constants. */
const FIRST_DECAY: f32 = 0.9
const SECOND_DECAY: f32 = 0.999
const EPSILON: f32 = 1e-8

/** Parameters stay within this: one alone takes an eighth of the kernel's int16 first-layer sums. */
const PARAMETER_LIMIT: f32 = 3.99

let firstPower: f32 = 1.0
let secondPower: f32 = 1.0

export function resetAdam(): void {
  const bytes = parameterCount() * 4
  memory.fill(FIRST_MOMENT, 0, bytes)
  memory.fill(SECOND_MOMENT, 0, bytes)
  firstPower = 1.0
  secondPower = 1.0
}

/** Moves every parameter by the gradient in GRADIENT and clears it. */
export function adamStep(learningRate: f32): void {
  firstPower *= FIRST_DECAY
  secondPower *= SECOND_DECAY
  const firstScale: f32 = <f32>1.0 / (<f32>1.0 - firstPower)
  const secondScale: f32 = <f32>1.0 / (<f32>1.0 - secondPower)
  const end = parameterCount() * 4
  for (let offset = 0; offset < end; offset += 4) {
    const gradient = load<f32>(GRADIENT + offset)
    const first = FIRST_DECAY * load<f32>(FIRST_MOMENT + offset) + (<f32>1.0 - FIRST_DECAY) * gradient
    const second =
      SECOND_DECAY * load<f32>(SECOND_MOMENT + offset) + (<f32>1.0 - SECOND_DECAY) * gradient * gradient
    store<f32>(FIRST_MOMENT + offset, first)
    store<f32>(SECOND_MOMENT + offset, second)
    const step = (learningRate * first * firstScale) / (sqrt<f32>(second * secondScale) + EPSILON)
    const moved = exactParameter(offset) - step
    storeParameter(offset, max<f32>(min<f32>(moved, PARAMETER_LIMIT), -PARAMETER_LIMIT))
    store<f32>(GRADIENT + offset, 0.0)
  }
}
