import { readFileSync } from 'node:fs'
import t from 'tap'
import { METRICS, prometheusName, snakeCase } from '../../core/metric-catalogue.js'
import { METRICS_END, METRICS_START, metricTable, withBetween } from '../support/metric-document.js'

/** Names of fields numbered 10 and above, as in the .proto file. */
function fieldsOf(message: string): string[] {
  const text = readFileSync('proto/metrics.proto', 'utf8')
  const body = text.slice(text.indexOf(`message ${message} {`)).split('\n}')[0]!
  const fields = [...body.matchAll(/^ {2}[a-z0-9<>, ]+ ([a-z0-9_]+) = (\d+);/gim)]
  return fields
    .filter(([, , number]) => message !== 'Metrics' || Number(number) >= 10)
    .map(([, name]) => name!)
}

t.test('catalogue and message have the same fields', async (t) => {
  const names = (byContext: boolean) =>
    METRICS.filter(({ label }) => (label === 'context') === byContext).map(({ field }) => snakeCase(field))
  t.same(
    names(false).sort(),
    fieldsOf('Metrics')
      .filter((name) => name !== 'contexts')
      .sort(),
  )
  t.same(
    names(true).sort(),
    fieldsOf('ContextMetrics')
      .filter((name) => name !== 'context')
      .sort(),
  )
})

t.test('names are as Prometheus wants them, each once', async (t) => {
  const names = METRICS.map(prometheusName)
  t.equal(new Set(names).size, names.length)
  for (const [index, name] of names.entries()) {
    t.match(name, /^firsteight_[a-z][a-z0-9_]*$/)
    t.equal(name.endsWith('_total'), METRICS[index]!.kind === 'counter', name)
  }
})

t.test('docs/metrics.md lists every metric (`npm run docs`)', async (t) => {
  const document = readFileSync('docs/metrics.md', 'utf8')
  t.equal(document, withBetween(document, METRICS_START, METRICS_END, metricTable()))
})
