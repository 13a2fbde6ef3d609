/**
 * The training module's memory: fixed, no growth, no allocation. TypeScript reads every address from exports.
 *
 *   64 KiB  PATTERNS         MAXIMUM_PATTERNS x 8 bytes
 *           PATTERN_WEIGHTS  MAXIMUM_PATTERNS x f32: how much a pattern counts in the loss
 *           ORDER            MAXIMUM_PATTERNS x u32: the epoch's shuffled pattern indices
 *           PARAMETERS       MAXIMUM_PARAMETERS x f32: layer 1 weights (outputs x inputs), biases, layer 2, ...
 *           REMAINDER        MAXIMUM_PARAMETERS x f32, same order: what rounding to the grid took away
 *           GRADIENT         MAXIMUM_PARAMETERS x f32, same order
 *           FIRST_MOMENT     MAXIMUM_PARAMETERS x f32, same order (Adam)
 *           SECOND_MOMENT    MAXIMUM_PARAMETERS x f32, same order (Adam)
 *           LOSS_WEIGHTS     64 x f32
 *           RESIDUALS        2 x 64 x f64: squared error of each bit where it is 0, and where it is 1
 *           SHARES           2 x 64 x f64: the share of patterns in which it is so
 *           INPUT_MASK       8 bytes
 *           ACTIVATIONS      input, four layers' outputs; each UNIT_STRIDE x f32
 *           SLOPES           activation slope of the three hidden layers; each UNIT_STRIDE x f32
 *           DELTAS           loss gradient at the four layers' sums; each UNIT_STRIDE x f32
 *           TARGET           64 x f32
 *           SAMPLE           8 bytes: the pattern that is to come out next
 *           SHOWN            8 bytes: the pattern that goes in next
 *           FREEDOM          64 x u32: how freely clean traffic changes each bit; 2^32 would be always
 */

/** Most patterns, training and held-out together. */
export const MAXIMUM_PATTERNS: i32 = 65536
/** Parameters of the largest network, 64-32-16-32-64: 5,264, rounded up. */
export const MAXIMUM_PARAMETERS: i32 = 5632
export const INPUT_BITS: i32 = 64
/** Units that any layer's vector has room for. */
const UNIT_STRIDE: i32 = 64

export const PATTERNS: i32 = 65536
export const PATTERN_WEIGHTS: i32 = PATTERNS + MAXIMUM_PATTERNS * 8
export const ORDER: i32 = PATTERN_WEIGHTS + MAXIMUM_PATTERNS * 4
export const PARAMETERS: i32 = ORDER + MAXIMUM_PATTERNS * 4
export const REMAINDER: i32 = PARAMETERS + MAXIMUM_PARAMETERS * 4
export const GRADIENT: i32 = REMAINDER + MAXIMUM_PARAMETERS * 4
export const FIRST_MOMENT: i32 = GRADIENT + MAXIMUM_PARAMETERS * 4
export const SECOND_MOMENT: i32 = FIRST_MOMENT + MAXIMUM_PARAMETERS * 4
export const LOSS_WEIGHTS: i32 = SECOND_MOMENT + MAXIMUM_PARAMETERS * 4
export const RESIDUALS: i32 = LOSS_WEIGHTS + INPUT_BITS * 4
export const SHARES: i32 = RESIDUALS + 2 * INPUT_BITS * 8
export const INPUT_MASK: i32 = SHARES + 2 * INPUT_BITS * 8
const ACTIVATIONS: i32 = INPUT_MASK + 8
const SLOPES: i32 = ACTIVATIONS + 5 * UNIT_STRIDE * 4
const DELTAS: i32 = SLOPES + 3 * UNIT_STRIDE * 4
export const TARGET: i32 = DELTAS + 4 * UNIT_STRIDE * 4
export const SAMPLE: i32 = TARGET + INPUT_BITS * 4
export const SHOWN: i32 = SAMPLE + 8
export const FREEDOM: i32 = SHOWN + 8

/** Address of a layer's output vector; layer 0 is the input. */
export function activationsOf(layer: i32): i32 {
  return ACTIVATIONS + layer * UNIT_STRIDE * 4
}

/** Address of hidden layer 1 to 3's activation slopes. */
export function slopesOf(layer: i32): i32 {
  return SLOPES + (layer - 1) * UNIT_STRIDE * 4
}

/** Address of layer 1 to 4's loss gradient with respect to its sums. */
export function deltasOf(layer: i32): i32 {
  return DELTAS + (layer - 1) * UNIT_STRIDE * 4
}
