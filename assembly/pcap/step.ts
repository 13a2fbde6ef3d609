/** A step's outcome: a record was read, more bytes are needed, the next packet is later than asked for, or damage. */
export const STEP_READ: i32 = 0
export const STEP_MORE: i32 = 1
export const STEP_HELD: i32 = 2
export const STEP_FAULT: i32 = 3

let held: f64 = 0

/** Capture time of the packet held back, microseconds since 1970. */
export function heldTime(): f64 {
  return held
}

export function holdAt(time: f64): i32 {
  held = time
  return STEP_HELD
}
