import { activationsOf, deltasOf, LOSS_WEIGHTS, RESIDUALS, SHARES, TARGET } from './memory'

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

/** Adds the pattern's share to SHARES, and share times squared error to RESIDUALS, of each bit at its value. */
export function addResiduals(share: f64): void {
  const output = activationsOf(4)
  for (let bit = 0; bit < 64; bit++) {
    const target = <f64>load<f32>(TARGET + bit * 4)
    const error = <f64>load<f32>(output + bit * 4) - target
    const offset = (target > 0.0 ? 64 + bit : bit) * 8
    store<f64>(SHARES + offset, load<f64>(SHARES + offset) + share)
    store<f64>(RESIDUALS + offset, load<f64>(RESIDUALS + offset) + share * error * error)
  }
}
