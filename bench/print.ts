import type { Comparison } from './suite.js'

/** A table for people: time ratios to the first line (lower is faster) and rates with their spread over the rounds. */
export function comparisonText(comparison: Comparison, operation: string): string {
  const width = Math.max(...comparison.figures.map(({ name }) => name.length))
  const lines = comparison.figures.map(
    ({ name, perSecond, lowest, highest, ratio }) =>
      `  ${name.padEnd(width)}  ${ratio.toFixed(2).padStart(7)}  ${millions(perSecond)} (${millions(lowest)} to ${millions(highest)})`,
  )
  return [
    `${comparison.name}: time ratio, million ${operation} a second (lowest to highest round)`,
    ...lines,
  ].join('\n')
}

/** Ratios and operations per second by `comparison/alternative`. */
export function summaryOf(comparisons: readonly Comparison[]): {
  ratios: Record<string, number>
  figures: Record<string, number>
} {
  const ratios: Record<string, number> = {}
  const figures: Record<string, number> = {}
  for (const comparison of comparisons) {
    for (const { name, ratio, perSecond } of comparison.figures) {
      ratios[`${comparison.name}/${name}`] = Number(ratio.toPrecision(4))
      figures[`${comparison.name}/${name}`] = Math.round(perSecond)
    }
  }
  return { ratios, figures }
}

function millions(perSecond: number): string {
  return (perSecond / 1e6).toFixed(3)
}
