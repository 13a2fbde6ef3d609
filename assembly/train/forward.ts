import { activationsOf, FREEDOM, INPUT_MASK, SAMPLE, SHOWN, slopesOf, TARGET } from './memory'
import { biasesOf, weightsOf, widthOf } from './network'
import { randomU32 } from './random'

/**
 * Writes the sample's 64 bits, most significant first: SAMPLE to TARGET as +1 and -1; SHOWN to the input likewise,
 * but 0 where the input mask is 0, and with unmasked bits flipped at random, a free bit less often.
 * @param flipLimit a bit without freedom is flipped when 32 random bits are below this; 0 draws nothing
 */
export function loadSample(flipLimit: u32): void {
  const input = activationsOf(0)
  for (let bit = 0; bit < 64; bit++) {
    const byte = bit >> 3
    const selector = 0x80 >> (bit & 7)
    const value: f32 = (load<u8>(SAMPLE + byte) & selector) != 0 ? 1.0 : -1.0
    store<f32>(TARGET + bit * 4, value)
    let seen: f32 = 0.0
    if ((load<u8>(INPUT_MASK + byte) & selector) != 0) {
      seen = (load<u8>(SHOWN + byte) & selector) != 0 ? 1.0 : -1.0
      if (flipLimit != 0 && randomU32() < flipLimit && randomU32() >= load<u32>(FREEDOM + bit * 4))
        seen = -seen
    }
    store<f32>(input + bit * 4, seen)
  }
}

/** Runs the loaded input through all layers, keeping outputs and activation slopes for the backward pass. */
export function forward(): void {
  for (let layer = 1; layer <= 3; layer++) {
    dense(layer)
    activate(activationsOf(layer), slopesOf(layer), widthOf(layer))
  }
  dense(4)
}

/** output[o] = bias[o] + sum over i of weight[o * inputs + i] * input[i], summed in that order. */
function dense(layer: i32): void {
  const inputs = widthOf(layer - 1)
  const outputs = widthOf(layer)
  const input = activationsOf(layer - 1)
  const output = activationsOf(layer)
  const biases = biasesOf(layer)
  let weight = weightsOf(layer)
  for (let o = 0; o < outputs; o++) {
    let sum = load<f32>(biases + o * 4)
    for (let i = 0; i < inputs; i++) sum += load<f32>(weight + i * 4) * load<f32>(input + i * 4)
    store<f32>(output + o * 4, sum)
    weight += inputs * 4
  }
}

/** SQNL in place: x - x|x|/4 for |x| <= 2, else the sign of x; its slope is 1 - |x|/2, or 0. */
function activate(values: i32, slopes: i32, count: i32): void {
  for (let unit = 0; unit < count; unit++) {
    const x = load<f32>(values + unit * 4)
    const magnitude = min<f32>(abs<f32>(x), 2.0)
    const clamped = copysign<f32>(magnitude, x)
    store<f32>(values + unit * 4, clamped - clamped * magnitude * 0.25)
    store<f32>(slopes + unit * 4, 1.0 - magnitude * 0.5)
  }
}
