import type { Figure, Ratio } from './measure.js'
import { FIGURE_TARGETS, RATIOS, type RatioName } from './ratios.js'
import type { Absent, Comparison, SuiteResult } from './suite.js'

/** A table for people: time ratios to the first line (lower is faster) and rates with their spread over the rounds. */
export function comparisonText({ name, operation, figures }: Comparison): string {
  const width = Math.max(...figures.map((figure) => figure.name.length))
  const lines = figures.map(
    (figure) => `  ${figure.name.padEnd(width)}  ${figure.ratio.toFixed(2).padStart(7)}  ${rates(figure)}`,
  )
  return [`${name}: time ratio, million ${operation} a second (lowest to highest round)`, ...lines].join('\n')
}

/** A line for each ratio that the project answers for. */
export function ratiosText(ratios: SuiteResult['ratios'] = {}): string {
  const entries = Object.entries(ratios) as [RatioName, Ratio][]
  const width = Math.max(...entries.map(([name]) => name.length))
  return entries
    .map(([name, ratio]) => `  ${name.padEnd(width)}  ${ratioText(ratio)}, ${verdict(name, ratio)}`)
    .join('\n')
}

/** A line for each figure; where it has a target, whether it keeps to it. */
export function figuresText(figures: NonNullable<SuiteResult['figures']>): string {
  const width = Math.max(...Object.keys(figures).map((name) => name.length))
  return Object.entries(figures)
    .map(
      ([name, value]) =>
        `  ${name.padEnd(width)}  ${[rounded(value), ...figureVerdict(name, value)].join(', ')}`,
    )
    .join('\n')
}

export function absentText({ rival, reason, install }: Absent): string {
  return `${rival} is left out: ${reason}. To have it: ${install}`
}

/** The ratios by name, and operations per second by `comparison/alternative` beside the suites' own figures. */
export function summaryOf(results: readonly SuiteResult[]): {
  ratios: Record<string, number>
  figures: Record<string, number>
} {
  const ratios: Record<string, number> = {}
  const figures: Record<string, number> = {}
  for (const result of results) {
    for (const [name, ratio] of Object.entries(result.ratios ?? {})) ratios[name] = rounded(ratio.median)
    for (const comparison of result.comparisons) {
      for (const { name, perSecond } of comparison.figures) {
        figures[`${comparison.name}/${name}`] = Math.round(perSecond)
      }
    }
    for (const [name, value] of Object.entries(result.figures ?? {})) figures[name] = rounded(value)
  }
  return { ratios, figures }
}

/** `12.3 (11.9 to 12.8)` */
export function ratioText({ median, lowest, highest }: Ratio): string {
  return `${rounded(median, 3)} (${rounded(lowest, 3)} to ${rounded(highest, 3)})`
}

/** Whether the median reaches its target. */
export function verdict(name: RatioName, ratio: Ratio): string {
  const { target } = RATIOS[name]
  return ratio.median >= target ? `reaches ${target}` : `misses ${target}`
}

/** Whether a figure keeps to its target; nothing when it has none. */
export function figureVerdict(name: string, value: number): string[] {
  const target = FIGURE_TARGETS[name]
  if (target === undefined) return []
  return [value <= target.most ? `within ${target.most}` : `misses ${target.most}`]
}

/** Millions a second: `4.000 (3.900 to 4.100)`. */
export function rates({ perSecond, lowest, highest }: Figure): string {
  return `${millions(perSecond)} (${millions(lowest)} to ${millions(highest)})`
}

function millions(perSecond: number): string {
  return (perSecond / 1e6).toFixed(3)
}

export function rounded(value: number, digits = 4): number {
  return Number(value.toPrecision(digits))
}
