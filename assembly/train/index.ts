import { adamStep, resetAdam } from './adam'
import { backward } from './backward'
import { forward, loadPattern } from './forward'
import { addResiduals, lossGradient, weightedLoss } from './loss'
import { GRADIENT, ORDER, PATTERN_WEIGHTS, RESIDUALS } from './memory'
import { biasesOf, parameterCount, setShape, weightsOf, widthOf } from './network'
import { randomBelow, randomSigned, seedRandom } from './random'

export {
  GRADIENT,
  INPUT_MASK,
  LOSS_WEIGHTS,
  MAXIMUM_PATTERNS,
  PARAMETERS,
  PATTERN_WEIGHTS,
  PATTERNS,
  RESIDUALS,
} from './memory'
export { parameterCount } from './network'

/** Chooses the network and its seed, draws its first weights (Glorot uniform; biases 0), and resets Adam. */
export function start(hidden: i32, bottleneck: i32, seedLow: u32, seedHigh: u32): void {
  setShape(hidden, bottleneck)
  seedRandom(seedLow, seedHigh)
  for (let layer = 1; layer <= 4; layer++) {
    const weights = weightsOf(layer)
    const limit = sqrt<f32>(<f32>6.0 / <f32>(widthOf(layer) + widthOf(layer - 1)))
    for (let address = weights; address < biasesOf(layer); address += 4) {
      store<f32>(address, randomSigned() * limit)
    }
    memory.fill(biasesOf(layer), 0, widthOf(layer) * 4)
  }
  resetAdam()
  clearGradient()
}

/** Forgets Adam's moments; the parameters stay. For a second stage with other loss weights. */
export { resetAdam } from './adam'

export function clearGradient(): void {
  memory.fill(GRADIENT, 0, parameterCount() * 4)
}

/**
 * Adds to GRADIENT the gradient of sum over patterns of weight * loss, and returns that sum.
 * @param flipLimit see loadPattern
 */
export function addPattern(pattern: i32, scale: f32, flipLimit: u32): f32 {
  loadPattern(pattern, flipLimit)
  forward()
  const share = scale * load<f32>(PATTERN_WEIGHTS + pattern * 4)
  lossGradient(share)
  backward()
  return share * weightedLoss()
}

/**
 * One pass over patterns 0 to count - 1 in a new random order, one Adam step a batch (the last may be smaller).
 * @returns the weighted mean loss, with the flipped bits, when the pattern weights have mean 1
 */
export function trainEpoch(count: i32, batch: i32, learningRate: f32, flipLimit: u32): f64 {
  shuffle(count)
  let total: f64 = 0.0
  for (let first = 0; first < count; first += batch) {
    const last = min(first + batch, count)
    const scale: f32 = <f32>1.0 / <f32>(last - first)
    let sum: f32 = 0.0
    for (let index = first; index < last; index++) {
      sum += addPattern(load<u32>(ORDER + index * 4), scale, flipLimit)
    }
    adamStep(learningRate)
    total += <f64>sum * <f64>(last - first)
  }
  return total / <f64>count
}

/** Weighted mean loss of patterns first to end - 1, without noise; RESIDUALS holds each bit's mean squared error. */
export function evaluate(first: i32, end: i32): f64 {
  memory.fill(RESIDUALS, 0, 64 * 8)
  let weights: f64 = 0.0
  for (let pattern = first; pattern < end; pattern++) weights += <f64>load<f32>(PATTERN_WEIGHTS + pattern * 4)
  let total: f64 = 0.0
  for (let pattern = first; pattern < end; pattern++) {
    loadPattern(pattern, 0)
    forward()
    const share = <f64>load<f32>(PATTERN_WEIGHTS + pattern * 4) / weights
    total += share * <f64>weightedLoss()
    addResiduals(share)
  }
  return total
}

/** Fisher-Yates. */
function shuffle(count: i32): void {
  for (let index = 0; index < count; index++) store<u32>(ORDER + index * 4, index)
  for (let index = count - 1; index > 0; index--) {
    const other = <i32>randomBelow(index + 1)
    const kept = load<u32>(ORDER + index * 4)
    store<u32>(ORDER + index * 4, load<u32>(ORDER + other * 4))
    store<u32>(ORDER + other * 4, kept)
  }
}
