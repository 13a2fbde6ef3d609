import { activationsOf, deltasOf, LOSS_WEIGHTS, RESIDUALS, TARGET } from './memory'

/** Mean over 64 bits of lossWeight_i * (target_i - output_i)^2, of the pattern that went forward. */
export function weightedLoss(): f32 {
  const output = activationsOf(4)
  let sum: f32 = 0.0
  for (let bit = 0; bit < 256; bit += 4) {
    const error = load<f32>(output + bit) - load<f32>(TARGET + bit)
    sum += load<f32>(LOSS_WEIGHTS + bit) * error * error
  }
  return sum / 64.0
}

/** The loss's gradient at the outputs, times `scale`: scale * lossWeight_i * (output_i - target_i) / 32. */
export function lossGradient(scale: f32): void {
  const output = activationsOf(4)
  const delta = deltasOf(4)
  const factor: f32 = scale / 32.0
  for (let bit = 0; bit < 256; bit += 4) {
    const error = load<f32>(output + bit) - load<f32>(TARGET + bit)
    store<f32>(delta + bit, factor * load<f32>(LOSS_WEIGHTS + bit) * error)
  }
}

/** Adds `scale` times each bit's squared error to RESIDUALS. */
export function addResiduals(scale: f64): void {
  const output = activationsOf(4)
  for (let bit = 0; bit < 64; bit++) {
    const error = <f64>load<f32>(output + bit * 4) - <f64>load<f32>(TARGET + bit * 4)
    const address = RESIDUALS + bit * 8
    store<f64>(address, load<f64>(address) + scale * error * error)
  }
}
