/** Rounds of orthogonal iteration; the components of 64 bits settle long before. */
const ROUNDS = 300

/**
 * Principal component analysis by orthogonal iteration (Golub and Van Loan, Matrix Computations, 8.2.4).
 * @param rows of equal width, at least `count` wide
 * @param weights one a row
 * @returns what a row becomes when only its first `count` components are kept
 */
export function principalComponents(
  rows: readonly (readonly number[])[],
  weights: readonly number[],
  count: number,
): (row: readonly number[]) => number[] {
  const width = rows[0]!.length
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const mean = Array.from({ length: width }, (_, column) =>
    rows.reduce((sum, row, index) => sum + (weights[index]! * row[column]!) / total, 0),
  )
  const covariance = Array.from({ length: width }, () => new Float64Array(width))
  rows.forEach((row, index) => {
    for (let a = 0; a < width; a++) {
      const share = (weights[index]! * (row[a]! - mean[a]!)) / total
      if (share === 0) continue
      for (let b = 0; b < width; b++) covariance[a]![b]! += share * (row[b]! - mean[b]!)
    }
  })
  let components: Float64Array[] = Array.from({ length: count }, (_, index) =>
    Float64Array.from({ length: width }, (_, column) => 1 / (1 + ((index * 31 + column * 17) % 13))),
  )
  for (let round = 0; round < ROUNDS; round++) {
    components = orthonormal(components.map((vector) => covariance.map((line) => dot(line, vector))))
  }
  return (row) => {
    const centred = row.map((value, column) => value - mean[column]!)
    const coordinates = components.map((component) => dot(component, centred))
    return mean.map((value, column) =>
      components.reduce((sum, component, index) => sum + coordinates[index]! * component[column]!, value),
    )
  }
}

/** Gram-Schmidt; a vector that the others already span becomes zero. */
function orthonormal(vectors: readonly ArrayLike<number>[]): Float64Array[] {
  const basis: Float64Array[] = []
  for (const vector of vectors) {
    const rest = Float64Array.from(vector)
    for (const earlier of basis) {
      const share = dot(earlier, rest)
      for (let column = 0; column < rest.length; column++) rest[column]! -= share * earlier[column]!
    }
    const length = Math.sqrt(dot(rest, rest))
    basis.push(rest.map((value) => (length > 1e-12 ? value / length : 0)))
  }
  return basis
}

function dot(left: ArrayLike<number>, right: ArrayLike<number>): number {
  let sum = 0
  for (let index = 0; index < left.length; index++) sum += left[index]! * right[index]!
  return sum
}
