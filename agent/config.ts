import { hostname } from 'node:os'
import { FirsteightError } from '../core/errors.js'
import type { LogFormat, LogLevel } from '../core/log.js'
import { checkSource } from './configuration/check.js'
import { CONFIG_SCHEMA, FIELDS, getAt, setAt } from './configuration/fields.js'
import { readConfigFile } from './configuration/file.js'
import type { ConfigProblem, SettingsSource } from './configuration/source.js'
import {
  type ConfigFlag,
  environmentSource,
  flagSource,
  misspeltVariables,
} from './configuration/surroundings.js'

/** The agent's settings, checked and complete. config.schema.json says what each means, its unit and its bounds. */
export interface Config {
  site: string
  node: string
  serverPorts: number[]
  /** Empty: nothing outlives the process. */
  stateFolder: string
  /** Empty: the model that comes with firsteight. */
  model: string
  kernel: 'best' | 'simd' | 'scalar'
  idleSeconds: number
  capture: {
    kind: 'cap' | 'stream' | 'file'
    interface: string
    /** Empty: built from the server ports. */
    filter: string
    bufferMebibytes: number
    delivery: 'immediate' | 'batched'
    /** Empty: tcpdump. */
    command: string[]
    /** Empty: none. */
    file: string
  }
  broker: {
    url: string
    otherUrls: string[]
    protocol: '5' | '3.1.1'
    /** Empty, as in the fields below: not used. */
    username: string
    passwordFile: string
    caFile: string
    certificateFile: string
    keyFile: string
    /** Empty: made of site and node. */
    clientId: string
    keepaliveSeconds: number
    connectTimeoutSeconds: number
  }
  alerts: {
    windowSeconds: number
    capPerMinute: number
    examples: number
    maximumFlows: number
    payloadBytes: number
  }
  /** In memory. */
  outbox: { maximumMessages: number; maximumBytes: number; backlogPerSecond: number }
  spool: {
    /** Empty: in the state folder, if there is one. */
    folder: string
    maximumBytes: number
    maximumAgeHours: number
    sync: 'record' | 'group' | 'system'
  }
  metrics: {
    intervalSeconds: number
    /** Port 0: no endpoint. */
    prometheus: { address: string; port: number }
  }
  evidence: {
    enabled: boolean
    budgetBytes: number
    packetsPerFlow: number
    bytesPerFlow: number
    bytesPerPacket: number
    afterSeconds: number
  }
  census: { intervalSeconds: number }
  log: { level: LogLevel; format: LogFormat }
}

/** Problems that an error's message lists; its details hold them all. */
const SHOWN_PROBLEMS = 50

/** Environment variable that names the configuration file. */
export const CONFIG_FILE_VARIABLE = 'FIRSTEIGHT_CONFIG'

/**
 * Settings from, in order, each overriding the one before: defaults, file, environment, flags.
 * @param options.file YAML or JSON; default: what FIRSTEIGHT_CONFIG names; without either, no file is read
 * @param options.hostName default of `node`; characters that no topic may have become hyphens
 * @throws FirsteightError CONFIG_UNREADABLE; CONFIG_INVALID with every problem in `details.problems` (ConfigProblem[])
 */
export function loadConfig(options: {
  file?: string
  environment: Readonly<Record<string, string | undefined>>
  flags: readonly ConfigFlag[]
  hostName?: string
}): Config {
  const { environment, flags, hostName = hostname() } = options
  const file = options.file ?? (environment[CONFIG_FILE_VARIABLE] || undefined)
  const sources = [
    ...(file === undefined ? [] : [readConfigFile(file)]),
    environmentSource(environment),
    flagSource(flags),
  ]
  sources.forEach(normalise)

  const problems = [
    ...sources.flatMap(checkSource),
    ...misspeltVariables(environment, [CONFIG_FILE_VARIABLE]),
  ]
  if (problems.length > 0) throw configInvalid(problems)

  const { config, sourceOf } = merge(sources)
  const contradictions = contradictionsIn(config, sourceOf)
  if (contradictions.length > 0) throw configInvalid(contradictions)
  config.node ||= nodeNameFrom(hostName)
  return config
}

/**
 * Numbers stand for themselves where text is expected, so that `protocol: 5` and `site: 12` need no quotes;
 * a section whose every line is commented out is as good as none.
 */
function normalise({ values }: SettingsSource): void {
  for (const { path, schema } of FIELDS) {
    const value = getAt(values, path)
    if (schema.type === 'string' && typeof value === 'number') setAt(values, path, String(value))
  }
  for (const [name, { type }] of Object.entries(CONFIG_SCHEMA.properties ?? {})) {
    if (type === 'object' && values[name] === null) delete values[name]
  }
}

function merge(sources: readonly SettingsSource[]): { config: Config; sourceOf: (path: string) => string } {
  const values: Record<string, unknown> = {}
  const origins = new Map<string, SettingsSource>()
  for (const { path, schema } of FIELDS) {
    const origin = sources.findLast((source) => getAt(source.values, path) !== undefined)
    if (origin !== undefined) origins.set(path, origin)
    setAt(values, path, structuredClone(origin === undefined ? schema.default : getAt(origin.values, path)))
  }
  const sourceOf = (path: string) => origins.get(path)?.locate(path.split('.')) ?? 'default'
  return { config: values as unknown as Config, sourceOf }
}

/** What no single field shows: settings that need another one. */
function contradictionsIn(config: Config, sourceOf: (path: string) => string): ConfigProblem[] {
  const { broker, capture } = config
  const needs: [broken: boolean, path: string, missing: string][] = [
    [capture.kind === 'file' && capture.file === '', 'capture.kind', 'capture.file'],
    [broker.passwordFile !== '' && broker.username === '', 'broker.passwordFile', 'broker.username'],
    [broker.certificateFile !== '' && broker.keyFile === '', 'broker.certificateFile', 'broker.keyFile'],
    [broker.keyFile !== '' && broker.certificateFile === '', 'broker.keyFile', 'broker.certificateFile'],
  ]
  return needs
    .filter(([broken]) => broken)
    .map(([, path, missing]) => ({
      source: sourceOf(path),
      path,
      expected: `${missing} beside it`,
      found: `no ${missing}`,
    }))
}

function configInvalid(problems: readonly ConfigProblem[]): FirsteightError {
  const lines = problems.map(({ source, path, expected, found }) => {
    const field = path === '' ? '' : ` ${path}:`
    return `${source}:${field} expected ${expected}; found ${found}`
  })
  const more = lines.length > SHOWN_PROBLEMS ? [`and ${lines.length - SHOWN_PROBLEMS} more problems`] : []
  const message = [...lines.slice(0, SHOWN_PROBLEMS), ...more].join('\n')
  return new FirsteightError('CONFIG_INVALID', message, {
    hint: 'docs/configuration.md lists every setting with its default and bounds.',
    details: { problems },
  })
}

function nodeNameFrom(hostName: string): string {
  const name = hostName.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '')
  return name.slice(0, 64) || 'node'
}
