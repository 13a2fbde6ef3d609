import type { Command } from 'commander'
import { parseText } from '../../agent/configuration/fields.js'
import { FLEET_FIELDS, fleetProblems } from '../../agent/fleet-settings.js'
import { NOTHING_DESIRED } from '../../core/desired-config.js'
import { FirsteightError } from '../../core/errors.js'
import { isoTime } from '../../core/message-json.js'
import { formatTarget, parseTarget } from '../../core/signature/target.js'
import { addBrokerOptions, type BrokerFlags } from '../broker-options.js'
import {
  addChangeOptions,
  addWaitOptions,
  type ChangeFlags,
  changeDesired,
  flat,
  publishFile,
  withBroker,
} from '../fleet-change.js'
import { collectSettings, desiredFor, nameOf, nodesOf, outcomeOf } from '../fleet-desired.js'
import type { WaitFlags } from '../fleet-publish.js'
import { addExamples } from '../help.js'
import { createOutput } from '../output.js'
import { writeEnvelope } from '../signing.js'
import { textTable } from '../text-table.js'
import { collect } from '../trust-options.js'
import type { CommandContext } from './command.js'

const TARGET = 'all, SITE, or SITE/NODE'
const JSON_LINES = 'one JSON object a line, a last {"summary": ...}'

/** Adds `config` to the `fleet` command: settings for agents. */
export function registerFleetConfig(fleet: Command, context: CommandContext): void {
  const config = fleet.command('config').description('settings for agents: change, show, compare, publish')
  registerSet(config, context)
  registerGet(config, context)
  registerDiff(config, context)
  registerPublish(config, context)
}

function registerSet(config: Command, context: CommandContext): void {
  const command = addChangeOptions(
    config
      .command('set')
      .description('change settings, sign them, publish them, and wait for the agents')
      .argument('<target>', TARGET)
      .argument('[settings...]', 'PATH=VALUE, as in docs/configuration.md; none: sign again what is there')
      .option('--unset <path>', 'no longer set this; repeat for more', collect),
  ).action((text: string, assignments: string[], flags: ChangeFlags & { unset?: string[] }) => {
    const target = parseTarget(text)
    const assigned = readAssignments(assignments)
    const now = Date.now() * 1000
    const alone = { ...NOTHING_DESIRED, settings: assigned }
    const problems = fleetProblems(alone, now, `settings for ${formatTarget(target)}`)
    if (problems !== undefined) throw problems
    return changeDesired(target, flags, context.stopSignal(), (config) => ({
      ...config,
      settings: edited(config.settings, assigned, flags.unset ?? []),
    }))
  })
  addExamples(
    command,
    [
      ['firsteight fleet config set all alerts.capPerMinute=30 --sign-with ops.key', 'every agent'],
      ['firsteight fleet config set branch-17/gate --unset log.level --sign-with ops.key', 'one agent'],
      [
        'firsteight fleet config set all idleSeconds=60 --sign-with ops.key --onto all.signed --envelope-out new.signed',
        'on a machine without a broker',
      ],
    ],
    ['CONFIG', 'INPUT', 'BROKER', 'CHECK_FAILED', 'TRUST'],
  )
}

/** Values by path; what they are worth is the schema's to say. */
function readAssignments(assignments: readonly string[]): Map<string, unknown> {
  const settings = new Map<string, unknown>()
  for (const assignment of assignments) {
    const at = assignment.indexOf('=')
    if (at < 1) {
      throw new FirsteightError('USAGE', `${JSON.stringify(assignment)}: expected PATH=VALUE`, {
        hint: 'Such as alerts.capPerMinute=30; docs/configuration.md lists the paths.',
      })
    }
    const [path, text] = [assignment.slice(0, at), assignment.slice(at + 1)]
    const schema = FLEET_FIELDS.find((field) => field.path === path)?.schema
    settings.set(path, schema === undefined ? text : parseText(schema, text))
  }
  return settings
}

function edited(
  before: ReadonlyMap<string, unknown>,
  assigned: ReadonlyMap<string, unknown>,
  unset: readonly string[],
): Map<string, unknown> {
  const settings = new Map([...before, ...assigned])
  for (const path of unset) {
    if (settings.delete(path)) continue
    throw new FirsteightError('USAGE', `--unset ${path}: it is not set for this target`, {
      hint: 'firsteight fleet config get TARGET shows what is set.',
    })
  }
  return settings
}

function registerGet(config: Command, context: CommandContext): void {
  const command = addBrokerOptions(
    config
      .command('get')
      .description('show what is wanted, of one target or of each')
      .argument('[target]', TARGET)
      .option('--envelope-out <file>', 'write the signed message of the target, for --onto'),
  )
    .option('--json', JSON_LINES)
    .action((target: string | undefined, flags: BrokerFlags & { envelopeOut?: string; json?: true }) =>
      get(target, flags, context.stopSignal()),
    )
  addExamples(
    command,
    [
      ['firsteight fleet config get', 'all that is wanted of anybody'],
      ['firsteight fleet config get all --envelope-out all.signed', 'for a machine that signs offline'],
    ],
    ['CONFIG', 'INPUT', 'BROKER'],
  )
}

async function get(
  text: string | undefined,
  flags: BrokerFlags & { envelopeOut?: string; json?: true },
  signal: AbortSignal,
): Promise<void> {
  const output = createOutput(flags)
  const only = text === undefined ? undefined : formatTarget(parseTarget(text))
  if (flags.envelopeOut !== undefined && only === undefined) {
    throw new FirsteightError('USAGE', '--envelope-out needs a target', { hint: `Name ${TARGET}.` })
  }
  const { desired, invalid } = await withBroker(flags, signal, collectSettings)
  const found = [...desired].filter(([target]) => only === undefined || target === only)
  for (const [target, { revision, keyId, expiresAt, config, envelope }] of found) {
    const values = flat(config)
    const expires = isoTime(expiresAt)
    const head = `${target}: revision ${revision}, signed by key ${keyId.slice(0, 16)} (for agents to verify), accepted until ${expires}`
    const lines = [...values].map(([path, value]) => `  ${path} = ${value}`)
    output.line(
      { target, revision, keyId, expires, settings: Object.fromEntries(values) },
      [head, ...lines].join('\n'),
    )
    if (flags.envelopeOut !== undefined) await writeEnvelope(flags.envelopeOut, envelope)
  }
  if (flags.envelopeOut !== undefined && found.length === 0) {
    throw new FirsteightError('USAGE', `nothing is wanted of ${only} yet`, {
      hint: 'firsteight fleet config set needs no --onto then.',
    })
  }
  output.summary(
    { targets: found.length, invalid: invalid.length },
    `${found.length} targets${invalid.length > 0 ? `, ${invalid.length} invalid messages` : ''}`,
  )
}

function registerDiff(config: Command, context: CommandContext): void {
  const command = addBrokerOptions(
    config
      .command('diff')
      .description('compare what is wanted with what the agents report')
      .argument('[target]', TARGET, 'all'),
  )
    .option('--json', JSON_LINES)
    .action((target: string, flags: BrokerFlags & { json?: true }) =>
      diff(target, flags, context.stopSignal()),
    )
  addExamples(
    command,
    [['firsteight fleet config diff branch-17', 'which agents of a site do not run what is wanted, and why']],
    ['CONFIG', 'BROKER'],
  )
}

async function diff(text: string, flags: BrokerFlags & { json?: true }, signal: AbortSignal): Promise<void> {
  const output = createOutput(flags)
  const target = parseTarget(text)
  const settings = await withBroker(flags, signal, collectSettings)
  const nodes = nodesOf(settings, target)
  const rows = nodes.flatMap((node) =>
    desiredFor(settings, node).map((desired) => {
      const { state, detail } = outcomeOf(desired, node.report)
      const online = node.isOnline ? 'yes' : 'no'
      const reported = node.report?.levels.find(
        (level) => formatTarget(level.target) === formatTarget(desired.target),
      )?.revision
      return {
        node: nameOf(node),
        online,
        target: formatTarget(desired.target),
        wanted: desired.revision,
        inForce: reported ?? null,
        state,
        detail,
      }
    }),
  )
  if (output.json) for (const row of rows) output.line(row, '')
  else if (rows.length > 0) {
    output.line(
      {},
      textTable({
        heading: ['AGENT', 'ONLINE', 'FOR', 'WANTED', 'IN FORCE', 'STATE', ''],
        rows: rows.map((row) => [
          row.node,
          row.online,
          row.target,
          String(row.wanted),
          String(row.inForce ?? '-'),
          row.state,
          row.detail,
        ]),
        left: [0, 1, 2, 5, 6],
      }),
    )
  }
  const behind = new Set(rows.filter(({ state }) => state !== 'in force').map(({ node }) => node)).size
  output.summary(
    { agents: nodes.length, behind, invalid: settings.invalid.length },
    `${nodes.length} agents, ${behind} of them do not run all that is wanted`,
  )
}

function registerPublish(config: Command, context: CommandContext): void {
  const command = addWaitOptions(
    addBrokerOptions(
      config
        .command('publish')
        .description('publish settings that were signed elsewhere, and wait for the agents')
        .argument('<file>', 'what --envelope-out wrote'),
    ),
  )
    .option('--json', JSON_LINES)
    .action((file: string, flags: BrokerFlags & WaitFlags & { json?: true }) =>
      publishFile(file, flags, context.stopSignal()),
    )
  addExamples(
    command,
    [['firsteight fleet config publish new.signed', 'the target stands in the file']],
    ['INPUT', 'BROKER', 'CHECK_FAILED', 'TRUST'],
  )
}
