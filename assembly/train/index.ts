import { adamStep, resetAdam } from './adam'
import { backward } from './backward'
import { forward, loadSample } from './forward'
import { setGrid, storeParameter } from './grid'
import { addResiduals, lossGradient, weightedLoss } from './loss'
import { GRADIENT, ORDER, PARAMETERS, PATTERN_WEIGHTS, REMAINDER, RESIDUALS, SHARES } from './memory'
import { biasesOf, parameterCount, setShape, weightsOf, widthOf } from './network'
import { randomBelow, randomSigned, randomU32, seedRandom } from './random'
import { copySample, crossSample, shuffleOrder } from './sample'

export {
  FREEDOM,
  GRADIENT,
  INPUT_MASK,
  LOSS_WEIGHTS,
  MAXIMUM_PATTERNS,
  PARAMETERS,
  PATTERN_WEIGHTS,
  PATTERNS,
  REMAINDER,
  RESIDUALS,
  SHARES,
} from './memory'
export { parameterCount } from './network'

/**
 * Chooses the network and its seed, draws its first weights (Glorot uniform; biases 0), and resets Adam.
 * @param grid steps of the deployed number format in one unit
 */
export function start(hidden: i32, bottleneck: i32, seedLow: u32, seedHigh: u32, grid: f32): void {
  setGrid(grid)
  setShape(hidden, bottleneck)
  seedRandom(seedLow, seedHigh)
  for (let layer = 1; layer <= 4; layer++) {
    const weights = weightsOf(layer)
    const limit = sqrt<f32>(<f32>6.0 / <f32>(widthOf(layer) + widthOf(layer - 1)))
    for (let address = weights; address < biasesOf(layer); address += 4) {
      storeParameter(address - PARAMETERS, randomSigned() * limit)
    }
    memory.fill(biasesOf(layer), 0, widthOf(layer) * 4)
    memory.fill(biasesOf(layer) - PARAMETERS + REMAINDER, 0, widthOf(layer) * 4)
  }
  resetAdam()
  clearGradient()
}

/** Forgets Adam's moments; the parameters stay. For a second stage with other loss weights. */
export { resetAdam } from './adam'

export function clearGradient(): void {
  memory.fill(GRADIENT, 0, parameterCount() * 4)
}

/** Adds the gradient of scale * pattern weight * loss of one pattern, without noise; returns that product. */
export function addPattern(pattern: i32, scale: f32): f32 {
  copySample(pattern)
  return addSample(scale * load<f32>(PATTERN_WEIGHTS + pattern * 4), 0)
}

/**
 * One pass over patterns 0 to count - 1 in a new random order, one Adam step a batch (the last may be smaller).
 * @param flipLimit an input bit is flipped when 32 random bits are below this
 * @param crossLimit a pattern is crossed with another when 32 random bits are below this
 * @param swapLimit a bit in which the two differ is noise when 32 random bits are below this
 * @returns the weighted mean loss of what was trained on, when the pattern weights have mean 1
 */
export function trainEpoch(
  count: i32,
  batch: i32,
  learningRate: f32,
  flipLimit: u32,
  crossLimit: u32,
  swapLimit: u32,
): f64 {
  shuffleOrder(count)
  let total: f64 = 0.0
  for (let first = 0; first < count; first += batch) {
    const last = min(first + batch, count)
    const scale: f32 = <f32>1.0 / <f32>(last - first)
    let sum: f32 = 0.0
    for (let index = first; index < last; index++) {
      const pattern = load<u32>(ORDER + index * 4)
      if (crossLimit != 0 && randomU32() < crossLimit) crossSample(pattern, randomBelow(count), swapLimit)
      else copySample(pattern)
      sum += addSample(scale * load<f32>(PATTERN_WEIGHTS + pattern * 4), flipLimit)
    }
    adamStep(learningRate)
    total += <f64>sum * <f64>(last - first)
  }
  return total / <f64>count
}

/** Weighted mean loss of patterns first to end - 1, without noise; fills RESIDUALS and SHARES. */
export function evaluate(first: i32, end: i32): f64 {
  memory.fill(RESIDUALS, 0, 2 * 64 * 8)
  memory.fill(SHARES, 0, 2 * 64 * 8)
  let weights: f64 = 0.0
  for (let pattern = first; pattern < end; pattern++) weights += <f64>load<f32>(PATTERN_WEIGHTS + pattern * 4)
  let total: f64 = 0.0
  for (let pattern = first; pattern < end; pattern++) {
    copySample(pattern)
    loadSample(0)
    forward()
    const share = <f64>load<f32>(PATTERN_WEIGHTS + pattern * 4) / weights
    total += share * <f64>weightedLoss()
    addResiduals(share)
  }
  return total
}

/** Adds the gradient of scale * loss of the sample and returns that product. */
function addSample(scale: f32, flipLimit: u32): f32 {
  loadSample(flipLimit)
  forward()
  lossGradient(scale)
  backward()
  return scale * weightedLoss()
}
