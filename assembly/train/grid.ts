import { PARAMETERS, REMAINDER } from './memory'

/**
 * Parameters stand on the grid of the deployed kernel while they are trained: the network that learns is the one that
 * will run, and what rounding takes away is kept aside and added to later steps (the straight-through estimator;
 * Hubara et al. 2016).
 */
let grid: f32 = 1024.0

/** @param steps grid steps in one unit, a power of two */
export function setGrid(steps: f32): void {
  grid = steps
}

/** Puts the nearest grid point at PARAMETERS + offset and the rest at REMAINDER + offset. */
export function storeParameter(offset: i32, value: f32): void {
  const rounded = floor<f32>(value * grid + 0.5) / grid
  store<f32>(PARAMETERS + offset, rounded)
  store<f32>(REMAINDER + offset, value - rounded)
}

/** The parameter with what rounding took away. */
export function exactParameter(offset: i32): f32 {
  return load<f32>(PARAMETERS + offset) + load<f32>(REMAINDER + offset)
}
