import type { ErrorObject } from 'ajv'
import check from '../../generated/check-settings.cjs'
import { CONFIG_SCHEMA, describeExpected, type FieldSchema } from './fields.js'
import { nearest } from './nearest.js'
import type { ConfigProblem, SettingsSource } from './source.js'

/** Everything that the schema finds wrong with one source's settings, one problem a field. */
export function checkSource(source: SettingsSource): ConfigProblem[] {
  if (check(source.values)) return []
  const problems = new Map<string, ConfigProblem>()
  for (const error of check.errors ?? []) {
    const problem = problemOf(source, error)
    if (!problems.has(problem.path)) problems.set(problem.path, problem)
  }
  return [...problems.values()]
}

function problemOf(source: SettingsSource, error: ErrorObject): ConfigProblem {
  const parent = segmentsOf(error.instancePath)
  if (error.keyword === 'additionalProperties') {
    const name = String(error.params.additionalProperty)
    const path = [...parent, name]
    const known = Object.keys(schemaAt(parent).properties ?? {})
    const near = nearest(name, known)
    const expected =
      near === undefined
        ? `one of ${known.join(', ')}`
        : `a known setting, perhaps ${[...parent, near].join('.')}`
    return { source: source.locate(path), path: printable(path), expected, found: 'an unknown one' }
  }
  const value = parent.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], source.values)
  return {
    source: source.locate(parent),
    path: printable(parent),
    expected: describeExpected(schemaAt(parent)),
    found: describeFound(value),
  }
}

function segmentsOf(instancePath: string): string[] {
  return instancePath
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function schemaAt(path: readonly string[]): FieldSchema {
  return path.reduce((schema, name) => schema.properties?.[name] ?? schema.items ?? schema, CONFIG_SCHEMA)
}

/** A path such as `serverPorts[2]`; names that are not plain words are quoted, because anything may stand in a file. */
function printable(path: readonly string[]): string {
  return path
    .map((name, index) => {
      if (/^\d+$/.test(name)) return `[${name}]`
      const word = /^[\w-]{1,64}$/.test(name) ? name : JSON.stringify(name.slice(0, 64))
      return index === 0 ? word : `.${word}`
    })
    .join('')
}

/** The value, shortened; a user name and password in an address are not repeated. */
function describeFound(value: unknown): string {
  const text = (JSON.stringify(value) ?? String(value)).replace(/:\/\/[^/]*@/g, '://...@')
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
