import { CONTEXT_NAMES } from '../../core/contexts.js'
import { FLAG, METRICS, type MetricSample } from '../../core/metric-catalogue.js'
import type { Metrics } from '../../core/metrics-message.js'
import { sampleHeader } from './sample-messages.js'

const LABELS = {
  context: CONTEXT_NAMES,
  reason: ['truncated', 'not-ip'],
  code: ['ENVELOPE_EXPIRED'],
  result: ['done', 'refused'],
} as const

/** Valid metrics with a value for every field and label, all different. */
export function sampleMetrics(change: Partial<Metrics> = {}): Metrics {
  const samples: MetricSample[] = METRICS.flatMap(({ field, label, unit }, at) =>
    (label === undefined ? [''] : LABELS[label]).map((text, index) => ({
      field,
      label: text,
      value: unit === FLAG ? 1 : 100 * (at + 1) + index,
    })),
  )
  return {
    header: sampleHeader(),
    number: 3,
    fromMicroseconds: 1_790_000_000_000_000,
    toMicroseconds: 1_790_000_060_000_000,
    modelId: 'ab'.repeat(32),
    samples,
    ...change,
  }
}
