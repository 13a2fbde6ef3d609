/** Most that the loss of a network in floats may differ from the kernel's, absolutely and in parts of the loss. */
export const FLOAT_TOLERANCE = 0.003

/** @throws Error when results differ: then there is nothing to measure */
export function checkEqual(some: Float64Array, other: Float64Array, what: string): void {
  check(some, other, what, () => 0)
}

/** The same, for networks in floats, whose activations are not rounded. */
export function checkClose(some: Float64Array, other: Float64Array, what: string): void {
  check(some, other, what, (loss) => FLOAT_TOLERANCE * (1 + loss))
}

function check(
  some: Float64Array,
  other: Float64Array,
  what: string,
  tolerance: (loss: number) => number,
): void {
  if (some.length !== other.length) throw new Error(`${what}: ${some.length} and ${other.length} losses`)
  const at = some.findIndex((loss, index) => !(Math.abs(loss - other[index]!) <= tolerance(loss)))
  if (at !== -1) throw new Error(`${what} differ at pattern ${at}: ${some[at]} and ${other[at]}`)
}
