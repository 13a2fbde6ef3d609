/** So many of the patterns, those with the highest losses, weigh more. */
const WORST_SHARE = 0.05

/** At most so many times. */
const MOST_TIMES = 10

/**
 * How much each pattern counts once training knows which it reproduces badly: the worst twentieth weighs as many
 * times more as its loss is times that of the best among them, at most ten times. A mean hides a rare kind of message
 * that nothing else resembles. Mean 1.
 * @param weights one a pattern, as training began with them
 * @param losses one a pattern, of the network so far
 */
export function raiseWorst(weights: readonly number[], losses: readonly number[]): number[] {
  const descending = [...losses].sort((a, b) => b - a)
  const usual = Math.max(descending[Math.floor(WORST_SHARE * losses.length)]!, Number.MIN_VALUE)
  const raised = weights.map(
    (weight, index) => weight * Math.min(MOST_TIMES, Math.max(1, losses[index]! / usual)),
  )
  const mean = raised.reduce((sum, weight) => sum + weight, 0) / raised.length
  return raised.map((weight) => weight / mean)
}
