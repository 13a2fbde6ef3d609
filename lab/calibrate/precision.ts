/** Two-sided 95%. */
const Z = 1.959963984540054

/**
 * Wilson score interval of a share (Wilson 1927), 95%.
 * @param successes of `trials`
 * @returns 0 to 1 when nothing was tried
 */
export function wilsonInterval(successes: number, trials: number): { lower: number; upper: number } {
  if (trials === 0) return { lower: 0, upper: 1 }
  const share = successes / trials
  const centre = share + Z ** 2 / (2 * trials)
  const spread = Z * Math.sqrt((share * (1 - share)) / trials + Z ** 2 / (4 * trials ** 2))
  const scale = 1 + Z ** 2 / trials
  // Rounding must not carry the bounds past the share or out of 0 to 1.
  return {
    lower: Math.max(0, Math.min(share, (centre - spread) / scale)),
    upper: Math.min(1, Math.max(share, (centre + spread) / scale)),
  }
}
