import type { Share } from './figures.js'

/** A whole number with separators: `71,854`. */
export function number(value: number): string {
  return value.toLocaleString('en-US')
}

/** A share as per cent, rounded down, so that no miss is rounded away. */
export function percent(share: number, digits = 2): string {
  const scale = 10 ** digits
  return `${(Math.floor(share * 100 * scale + 1e-9) / scale).toFixed(digits)}%`
}

/** The wider of a share's two intervals on each side: a bootstrap without a single failure knows nothing of failures. */
export function interval({ wilson, byCapture }: Share, text: (share: number) => string): string {
  const [low, high] = byCapture ?? wilson
  return `${text(Math.min(low, wilson[0]))}-${text(Math.max(high, wilson[1]))}`
}

/** A loss with three digits that say something: `0.191`, `3.13e-5`. */
export function lossText(loss: number): string {
  return loss !== 0 && loss < 0.001 ? loss.toExponential(2) : loss.toPrecision(3)
}
