import { METRICS, prometheusName, snakeCase } from '../../core/metric-catalogue.js'

/** Lines between which docs/metrics.md holds what `metricTable` renders. */
export const METRICS_START = '<!-- metrics: written by `npm run docs` from core/metric-catalogue.ts -->'
export const METRICS_END = '<!-- end of metrics -->'

/** Every metric with field, Prometheus name, kind, unit and meaning, as Markdown. */
export function metricTable(): string {
  const rows = METRICS.map((metric) => {
    const { field, kind, unit, help, label, optional } = metric
    const inMessage = `${label === 'context' ? 'contexts.' : ''}${snakeCase(field)}`
    const prometheus = `${prometheusName(metric)}${label === undefined ? '' : `{${label}}`}`
    return `| \`${inMessage}\` | \`${prometheus}\` | ${kind} | ${unit} | ${help}${optional ? '; absent where unknown' : ''} |`
  })
  return ['| field | Prometheus | kind | unit | meaning |', '| --- | --- | --- | --- | --- |', ...rows].join(
    '\n',
  )
}

/** A document whose part between two lines is `text`. */
export function withBetween(document: string, start: string, end: string, text: string): string {
  const [before] = document.split(start)
  const [, after] = document.split(end)
  return `${before}${start}\n\n${text}\n\n${end}${after}`
}
