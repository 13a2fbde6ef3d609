import { readFileSync } from 'node:fs'
import { packageFile } from '../../core/package-files.js'

/** What the configuration's JSON Schema says of one value. `x-...` are this project's own keywords. */
export interface FieldSchema {
  type: 'string' | 'integer' | 'boolean' | 'array' | 'object'
  title: string
  description: string
  default?: unknown
  enum?: string[]
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  maxLength?: number
  items?: FieldSchema
  properties?: Record<string, FieldSchema>
  /** Unit of the value, for people. */
  'x-unit'?: string
  /** What a pattern expects, for people. */
  'x-expected'?: string
  /** True when a change takes effect at the next start only. */
  'x-restart'?: boolean
  /** True when the fleet may set it. Without it the setting is the machine's own: who it is, and what it needs to start and to be reached. */
  'x-fleet'?: boolean
}

/** One setting: a leaf of the schema. */
export interface Field {
  /** Dotted path, such as `broker.url`. */
  path: string
  /** Environment variable, such as `FIRSTEIGHT_BROKER_URL`. */
  variable: string
  schema: FieldSchema
}

/** The configuration's JSON Schema (draft 2020-12): the one place that knows fields, defaults, units and bounds. */
export const CONFIG_SCHEMA: FieldSchema = JSON.parse(
  readFileSync(packageFile('dist/agent/config.schema.json'), 'utf8'),
)

/** Every setting, in the schema's order. */
export const FIELDS: readonly Field[] = leavesOf(CONFIG_SCHEMA, [])

function leavesOf(schema: FieldSchema, path: string[]): Field[] {
  if (schema.properties === undefined) {
    return [{ path: path.join('.'), variable: variableOf(path), schema }]
  }
  return Object.entries(schema.properties).flatMap(([name, child]) => leavesOf(child, [...path, name]))
}

function variableOf(path: string[]): string {
  const words = path.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase())
  return ['FIRSTEIGHT', ...words].join('_')
}

/** What a value of this schema looks like, in words: `an integer from 1 to 300 (seconds)`. */
export function describeExpected(schema: FieldSchema): string {
  if (schema['x-expected'] !== undefined) return schema['x-expected']
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`
  switch (schema.type) {
    case 'integer': {
      const unit = schema['x-unit'] === undefined ? '' : ` (${schema['x-unit']})`
      return `an integer from ${schema.minimum} to ${schema.maximum}${unit}`
    }
    case 'boolean':
      return 'true or false'
    case 'array': {
      const items = schema.items === undefined ? 'values' : `values, each ${describeExpected(schema.items)}`
      return `a list of ${schema.minItems ?? 0} to ${schema.maxItems} ${schema.uniqueItems ? 'different ' : ''}${items}`
    }
    case 'object':
      return `a section with ${Object.keys(schema.properties ?? {}).join(', ')}`
    case 'string':
      return schema.maxLength === undefined ? 'text' : `text of at most ${schema.maxLength} characters`
  }
}

/**
 * A value from text, as an environment variable or flag carries it: lists are separated by commas, or JSON.
 * Text that is no value of the schema is returned as it is, for the check to refuse.
 */
export function parseText(schema: FieldSchema, text: string): unknown {
  if (schema.type === 'integer') return /^[+-]?\d+$/.test(text.trim()) ? Number(text) : text
  if (schema.type === 'boolean') return /^(true|false)$/.test(text.trim()) ? text.trim() === 'true' : text
  if (schema.type !== 'array') return text
  if (text.trim().startsWith('[')) {
    try {
      return JSON.parse(text)
    } catch {
      return text
    }
  }
  if (text.trim() === '') return []
  const items = schema.items
  return items === undefined ? text : text.split(',').map((item) => parseText(items, item.trim()))
}

/** Puts `value` at a dotted path, making the sections on the way. */
export function setAt(target: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.split('.')
  const last = names.pop()
  let section = target
  for (const name of names) {
    section[name] ??= {}
    section = section[name] as Record<string, unknown>
  }
  if (last !== undefined) section[last] = value
}

/** The value at a dotted path, or undefined. */
export function getAt(source: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], source)
}
