import { FIELDS, parseText, setAt } from './fields.js'
import { nearest } from './nearest.js'
import type { ConfigProblem, SettingsSource } from './source.js'

const PREFIX = 'FIRSTEIGHT_'

/** One command line flag that sets a field. */
export interface ConfigFlag {
  /** As the user typed it, such as `--broker`. */
  name: string
  /** Field it sets, such as `broker.url`. */
  path: string
  /** Text is read like an environment variable's. */
  value: unknown
}

/** Settings from environment variables, one a field: see `Field.variable`. */
export function environmentSource(environment: Readonly<Record<string, string | undefined>>): SettingsSource {
  const values: Record<string, unknown> = {}
  for (const field of FIELDS) {
    const text = environment[field.variable]
    if (text !== undefined) setAt(values, field.path, parseText(field.schema, text))
  }
  return { values, locate: (path) => `environment variable ${variableAt(path)}` }
}

/**
 * Misspelt variables: unknown ones whose name is near a known one. Others are left alone, because service managers
 * and container platforms make up names of their own.
 */
export function misspeltVariables(
  environment: Readonly<Record<string, string | undefined>>,
  otherKnown: readonly string[],
): ConfigProblem[] {
  const known = [...FIELDS.map((field) => field.variable), ...otherKnown]
  const ends = known.map((name) => name.slice(PREFIX.length))
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .flatMap((name) => {
      const near = nearest(name.slice(PREFIX.length), ends)
      if (near === undefined) return []
      const source = `environment variable ${name}`
      return [
        { source, path: '', expected: `a known variable, perhaps ${PREFIX}${near}`, found: 'an unknown one' },
      ]
    })
}

/** Settings from command line flags. */
export function flagSource(flags: readonly ConfigFlag[]): SettingsSource {
  const values: Record<string, unknown> = {}
  for (const flag of flags) {
    const field = FIELDS.find((candidate) => candidate.path === flag.path)
    const text = typeof flag.value === 'string' && field !== undefined
    setAt(values, flag.path, text ? parseText(field.schema, flag.value as string) : flag.value)
  }
  const nameAt = (path: string) =>
    flags.findLast((flag) => path === flag.path || path.startsWith(`${flag.path}.`))?.name
  return { values, locate: (path) => `flag ${nameAt(path.join('.')) ?? ''}` }
}

function variableAt(path: readonly string[]): string {
  const dotted = path.join('.')
  return (
    FIELDS.find((field) => dotted === field.path || dotted.startsWith(`${field.path}.`))?.variable ?? dotted
  )
}
