import type { Ratio } from './measure.js'
import { absentText, figureVerdict, rates, ratioText, rounded, verdict } from './print.js'
import { RATIOS, type RatioName } from './ratios.js'
import type { SuiteResult } from './suite.js'

/** One run as a Markdown document: the machine, the ratios with their targets, then every figure with its spread. */
export function markdownOf(
  machine: Readonly<Record<string, string | number>>,
  command: string,
  results: Readonly<Record<string, SuiteResult>>,
): string {
  const all = Object.values(results)
  const ratios = all.flatMap((result) => Object.entries(result.ratios ?? {}) as [RatioName, Ratio][])
  const absent = all.flatMap((result) => result.absent ?? [])
  return [
    '# Results of the benchmarks',
    `Written by \`${command}\`. Ratios are medians over rounds in which both sides ran in turn, with the lowest and highest round; higher is better for firsteight. Rates of different runs or machines do not compare.`,
    table(
      ['', ''],
      Object.entries(machine).map(([name, value]) => [name, `${value}`]),
    ),
    ratios.length > 0 &&
      table(
        ['ratio', 'ours, rival', 'median (lowest to highest)', 'target'],
        ratios.map(([name, ratio]) => [
          `\`${name}\``,
          RATIOS[name].about,
          ratioText(ratio),
          verdict(name, ratio),
        ]),
      ),
    ...absent.map(absentText),
    ...Object.entries(results).flatMap(([name, result]) => suiteParts(name, result)),
  ]
    .filter((part) => part !== false)
    .join('\n\n')
    .concat('\n')
}

function suiteParts(name: string, result: SuiteResult): string[] {
  const parts = [`## ${name}`]
  for (const { name, operation, figures } of result.comparisons) {
    const rows = figures.map((figure) => [figure.name, figure.ratio.toFixed(2), rates(figure)])
    parts.push(
      table([name, 'time ratio, lower is faster', `million ${operation} a second (lowest to highest)`], rows),
    )
  }
  const figures = Object.entries(result.figures ?? {})
  if (figures.length > 0) {
    parts.push(
      table(
        ['figure', 'value', 'target'],
        figures.map(([name, value]) => [
          `\`${name}\``,
          `${rounded(value)}`,
          figureVerdict(name, value).join(),
        ]),
      ),
    )
  }
  return parts
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
