import { firsteight } from '../generated/messages.js'
import { CONTEXT_NAMES, contextName, contextNumber } from './contexts.js'
import { checkCount, checkEnum, checkInteger, checkNumber, invalidField } from './message-checks.js'
import { headerJson, isoTime } from './message-json.js'
import { type Complete, checkHeader, checkModelId, decode, type Header } from './messages.js'
import { FLAG, METRICS, type MetricSample, snakeCase } from './metric-catalogue.js'

const { v1 } = firsteight

/** What an agent counted in an interval: the message on the topic `metrics`. */
export interface Metrics {
  header: Header
  /** Of this boot, from 1. A second message of the same number includes the first and takes its place. */
  number: number
  fromMicroseconds: number
  toMicroseconds: number
  modelId: string
  /** In the order of the catalogue; those that the agent cannot know are absent. */
  samples: MetricSample[]
}

type Wire = Complete<firsteight.v1.Metrics.$Properties> & Record<string, unknown>

/** Most values of one label in a message. */
const MAXIMUM_LABELS = 64
const LABELS = { reason: /^[a-z0-9-]{1,64}$/, code: /^[A-Z0-9_]{1,64}$/, result: /^[a-z]{1,64}$/ }
/** The largest figure that is no count. */
const MAXIMUM_VALUE = 1e15

/**
 * @param metrics samples of fields that the catalogue does not know are left out
 * @throws FirsteightError MESSAGE_INVALID naming the field, when no receiver would accept the message
 */
export function encodeMetrics(metrics: Metrics): Uint8Array {
  const { samples, ...head } = metrics
  const wire: Record<string, unknown> = { ...head }
  const contexts = CONTEXT_NAMES.map((name) => ({ context: contextNumber(name) }) as Record<string, number>)
  const byField = groupByField(samples)
  for (const { field, label, unit } of METRICS) {
    for (const sample of byField.get(field) ?? []) {
      if (label === 'context') contexts[CONTEXT_NAMES.indexOf(sample.label as never)]![field] = sample.value
      else if (label !== undefined) wire[field] = { ...(wire[field] as object), [sample.label]: sample.value }
      else wire[field] = unit === FLAG ? sample.value === 1 : sample.value
    }
  }
  const bytes = v1.Metrics.encode({ ...wire, contexts } as firsteight.v1.Metrics.$Properties).finish()
  decodeMetrics(bytes)
  return bytes
}

/**
 * @param bytes as received: hostile until checked
 * @throws FirsteightError MESSAGE_INVALID naming the field, or the byte offset where the protobuf is damaged
 */
export function decodeMetrics(bytes: Uint8Array): Metrics {
  const wire = decode(v1.Metrics, bytes) as Wire
  const { header, number, fromMicroseconds, toMicroseconds, modelId } = wire
  checkHeader(header)
  checkInteger('number', number, undefined, 1)
  checkInteger('from_microseconds', fromMicroseconds)
  checkInteger('to_microseconds', toMicroseconds)
  if (fromMicroseconds > toMicroseconds)
    throw invalidField('from_microseconds', 'a time before the end', 'one after')
  checkModelId('model_id', modelId)
  checkCount('contexts', wire.contexts, CONTEXT_NAMES.length)
  for (const { context } of wire.contexts) checkEnum('contexts.context', context, v1.Context)
  if (new Set(wire.contexts.map(({ context }) => context)).size < wire.contexts.length)
    throw invalidField('contexts', 'each context once', 'one twice')
  return { header, number, fromMicroseconds, toMicroseconds, modelId, samples: readSamples(wire) }
}

/** As plain JSON: labelled metrics are objects by label. */
export function metricsJson(metrics: Metrics): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  const byField = groupByField(metrics.samples)
  for (const { field, label } of METRICS) {
    const samples = byField.get(field)
    if (samples === undefined) values[field] = label === undefined ? 'unknown' : {}
    else if (label === undefined) values[field] = samples[0]!.value
    else values[field] = Object.fromEntries(samples.map((sample) => [sample.label, sample.value]))
  }
  return {
    ...headerJson(metrics.header),
    number: metrics.number,
    from: isoTime(metrics.fromMicroseconds),
    to: isoTime(metrics.toMicroseconds),
    modelId: metrics.modelId,
    metrics: values,
  }
}

/** The figure of a metric, or the sum over its labels; undefined where the agent cannot know it. */
export function metricValue({ samples }: Metrics, field: string): number | undefined {
  const found = samples.filter((sample) => sample.field === field)
  const labelled = METRICS.some((metric) => metric.field === field && metric.label !== undefined)
  if (found.length === 0) return labelled ? 0 : undefined
  return found.reduce((sum, { value }) => sum + value, 0)
}

function readSamples(wire: Wire): MetricSample[] {
  const samples: MetricSample[] = []
  for (const { field, kind, label, optional } of METRICS) {
    const integer = kind === 'counter' && field !== 'cpuSeconds'
    const add = (text: string, value: unknown) => {
      if (value == null) return
      const name = `${label === 'context' ? 'contexts.' : ''}${snakeCase(field)}`
      const figure = Number(value)
      if (integer) checkInteger(name, figure)
      else checkNumber(name, figure, MAXIMUM_VALUE)
      samples.push({ field, label: text, value: figure })
    }
    if (label === 'context') {
      for (const context of wire.contexts)
        add(contextName(context.context)!, (context as Record<string, unknown>)[field])
    } else if (label === undefined) {
      if (!optional || Object.hasOwn(wire, field)) add('', wire[field])
    } else {
      const entries = Object.entries((wire[field] ?? {}) as Record<string, unknown>)
      checkCount(snakeCase(field), entries, MAXIMUM_LABELS)
      for (const [text, value] of entries) {
        if (!LABELS[label].test(text)) throw invalidField(snakeCase(field), `a ${label}`, 'another key')
        add(text, value)
      }
    }
  }
  return samples
}

function groupByField(samples: readonly MetricSample[]): Map<string, MetricSample[]> {
  const groups = new Map<string, MetricSample[]>()
  for (const sample of samples) {
    const group = groups.get(sample.field)
    if (group) group.push(sample)
    else groups.set(sample.field, [sample])
  }
  return groups
}
