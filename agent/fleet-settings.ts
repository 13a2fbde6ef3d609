import { isDeepStrictEqual } from 'node:util'
import type { DesiredConfig } from '../core/desired-config.js'
import { FirsteightError } from '../core/errors.js'
import { type AlertException, exceptionProblems, formatCriteria, isNarrow } from '../core/exceptions.js'
import type { Config } from './config.js'
import { checkSource } from './configuration/check.js'
import { FIELDS, type Field, getAt, setAt } from './configuration/fields.js'
import { nearest } from './configuration/nearest.js'
import type { ConfigProblem } from './configuration/source.js'

/**
 * Settings from the fleet: which there may be, and what they make of the machine's own. Who an agent is, what it needs
 * to start and what it is reached by are its own, so that no setting from afar can keep it from starting, or from
 * hearing of a better one.
 */

/** Values by dotted path. */
export type Settings = ReadonlyMap<string, unknown>

/** The settings that the fleet may set, in the schema's order. */
export const FLEET_FIELDS: readonly Field[] = FIELDS.filter(({ schema }) => schema['x-fleet'] === true)

/** Everything that is wrong with one level's settings. @param source names it in problems */
export function fleetSettingProblems(settings: Settings, source: string): ConfigProblem[] {
  const values: Record<string, unknown> = {}
  const problems: ConfigProblem[] = []
  for (const [path, value] of settings) {
    if (FLEET_FIELDS.some((field) => field.path === path)) setAt(values, path, value)
    else problems.push(notForTheFleet(path, source))
  }
  return [...problems, ...checkSource({ values, locate: () => source })]
}

/**
 * What is wrong with one level's settings and exceptions, as one error: CONFIG_INVALID with every problem in
 * `details.problems`; undefined when nothing is.
 * @param from when they begin, microseconds since 1970 @param source names them
 */
export function fleetProblems(
  { settings, exceptions }: DesiredConfig,
  from: number,
  source: string,
): FirsteightError | undefined {
  const problems = [...fleetSettingProblems(settings, source), ...exceptionProblems(exceptions, from)]
  if (problems.length === 0) return undefined
  const lines = problems.map(({ path, expected, found }) => `${path}: expected ${expected}; found ${found}`)
  return new FirsteightError('CONFIG_INVALID', `${source}: ${lines.join('; ')}`, {
    hint: 'docs/configuration.md says of each setting whether the fleet may set it, and its bounds.',
    details: { problems },
  })
}

function notForTheFleet(path: string, source: string): ConfigProblem {
  const shown = path === '' || !/^[\w.]{1,128}$/.test(path) ? JSON.stringify(path.slice(0, 64)) : path
  if (FIELDS.some((field) => field.path === path)) {
    const expected = 'a setting that the fleet may set'
    return { source, path: shown, expected, found: 'one that is for the own file of the agent' }
  }
  const known = FLEET_FIELDS.map((field) => field.path)
  const near = nearest(path, known)
  const expected = near === undefined ? `one of ${known.join(', ')}` : `a known setting, perhaps ${near}`
  return { source, path: shown, expected, found: 'an unknown one' }
}

/** The machine's own settings with those of the levels over them, each level over the one before. */
export function withFleetSettings(local: Config, levels: readonly Settings[]): Config {
  const config = structuredClone(local)
  for (const settings of levels) {
    for (const [path, value] of settings) setAt(asRecord(config), path, structuredClone(value))
  }
  return config
}

/**
 * What can be had of `wanted` without a restart.
 * @param started the settings that this process started with
 * @returns the settings in force from now on, and those that wait for a restart
 */
export function inForceWithoutRestart(
  started: Config,
  wanted: Config,
): { config: Config; waiting: Map<string, unknown> } {
  const config = structuredClone(wanted)
  const waiting = new Map<string, unknown>()
  for (const { path, schema } of FLEET_FIELDS) {
    const [old, value] = [getAt(started, path), getAt(wanted, path)]
    if (!schema['x-restart'] || isDeepStrictEqual(old, value)) continue
    waiting.set(path, value)
    setAt(asRecord(config), path, structuredClone(old))
  }
  return { config, waiting }
}

/** Paths of all settings that differ: those that can be had without a restart, and those that wait for one. */
export function differences(old: Config, wanted: Config): { changed: string[]; waiting: string[] } {
  const differing = FIELDS.filter(({ path }) => !isDeepStrictEqual(getAt(old, path), getAt(wanted, path)))
  const paths = (restart: boolean) =>
    differing.filter(({ schema }) => (schema['x-restart'] ?? false) === restart).map(({ path }) => path)
  return { changed: paths(false), waiting: paths(true) }
}

/** The settings that the fleet may set and that are not at their defaults. */
export function otherThanDefaults(config: Config): Map<string, unknown> {
  return new Map(
    FLEET_FIELDS.map(({ path, schema }) => ({ path, value: getAt(config, path), standard: schema.default }))
      .filter(({ value, standard }) => !isDeepStrictEqual(value, standard))
      .map(({ path, value }) => [path, value]),
  )
}

/**
 * Why nothing would be left for this agent to detect, or undefined. Detection is disabled where none of the ports is
 * watched that the machine's own settings name, or where exceptions that are not narrow cover every port.
 * @param local the machine's own settings
 */
export function disabledDetection(
  local: Config,
  wanted: Config,
  exceptions: readonly AlertException[],
): string | undefined {
  if (!wanted.serverPorts.some((port) => local.serverPorts.includes(port))) {
    return `serverPorts leaves out every port that this agent is there to watch: ${local.serverPorts.join(', ')}`
  }
  const broad = exceptions.filter((exception) => !isNarrow(exception))
  const isCovered = (port: number) => broad.some((exception) => (exception.port ?? port) === port)
  if (!wanted.serverPorts.every(isCovered)) return undefined
  return `exceptions let everything pass: ${broad.map((exception) => `${exception.id} (${formatCriteria(exception)})`).join('; ')}`
}

function asRecord(config: Config): Record<string, unknown> {
  return config as unknown as Record<string, unknown>
}
