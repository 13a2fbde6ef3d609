import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Command } from 'commander'
import { fleetProblems } from '../agent/fleet-settings.js'
import { Conversation } from '../core/broker/conversation.js'
import { resolveBroker } from '../core/broker/options.js'
import { type DesiredConfig, encodeDesiredConfig, NOTHING_DESIRED } from '../core/desired-config.js'
import { FirsteightError } from '../core/errors.js'
import { formatCriteria } from '../core/exceptions.js'
import { formatTarget, type Target } from '../core/signature/target.js'
import { addBrokerOptions, type BrokerFlags, brokerSettings } from './broker-options.js'
import { collectSettings, type Desired, type FleetSettings, readDesired } from './fleet-desired.js'
import { publishDesired, type WaitFlags } from './fleet-publish.js'
import { readInputFile } from './input-file.js'
import { positive } from './number-options.js'
import { createOutput, type Output } from './output.js'
import { addSigningOptions, type SigningFlags, signNow, writeEnvelope } from './signing.js'
import { textTable } from './text-table.js'

export interface ChangeFlags extends BrokerFlags, SigningFlags, WaitFlags {
  onto?: string
  mayDisableDetection?: true
  json?: true
}

/** Agents take settings for so long; those accepted in time stay. */
const VALID_DAYS = 365
const WAIT_SECONDS = 30

/** Options of every command that changes what is wanted of a target. */
export function addChangeOptions(command: Command): Command {
  addWaitOptions(addSigningOptions(addBrokerOptions(command), VALID_DAYS))
    .option('--onto <file>', 'change the signed message in this file instead of what the broker retains')
    .option('--may-disable-detection', 'you mean it: agents may be left with nothing to detect')
    .option('--json', 'one JSON object a line, a last {"summary": ...}')
  return command
}

export function addWaitOptions(command: Command): Command {
  return command
    .option('--no-wait', 'publish, and do not wait for the agents')
    .option('--timeout <seconds>', 'how long to wait for the agents', positive, WAIT_SECONDS)
}

/** A conversation with the broker that these options name, closed at the end. */
export async function withBroker<T>(
  flags: BrokerFlags,
  signal: AbortSignal,
  talk: (conversation: Conversation) => Promise<T>,
): Promise<T> {
  const options = resolveBroker(brokerSettings(flags), `firsteight-fleet-${randomUUID()}`)
  const conversation = await Conversation.open(options, signal)
  try {
    return await talk(conversation)
  } finally {
    await conversation.close()
  }
}

/**
 * Changes what is wanted of a target: reads the last message, shows what `edit` makes of it, checks, signs, publishes
 * and waits. With --envelope-out it ends with the signed file; with --onto as well, it needs no broker.
 * @throws FirsteightError CONFIG_INVALID, USAGE, KEY_INVALID, FILE_*, BROKER_*, FLEET_*
 */
export async function changeDesired(
  target: Target,
  flags: ChangeFlags,
  signal: AbortSignal,
  edit: (config: DesiredConfig) => DesiredConfig,
): Promise<void> {
  const output = createOutput(flags)
  if (flags.envelopeOut !== undefined && flags.onto !== undefined) {
    const base = await readBase(flags.onto, target)
    await writeSigned(await signed(base, target, flags, edit, output), flags.envelopeOut, output)
    return
  }
  await withBroker(flags, signal, async (conversation) => {
    const settings = await collectSettings(conversation)
    const base =
      flags.onto === undefined
        ? settings.desired.get(formatTarget(target))
        : await readBase(flags.onto, target)
    const desired = await signed(base, target, flags, edit, output)
    if (flags.envelopeOut !== undefined) await writeSigned(desired, flags.envelopeOut, output)
    else await publishDesired(conversation, settings, desired, { flags, output })
  })
}

/** Publishes a message that was signed elsewhere. */
export async function publishFile(
  path: string,
  flags: BrokerFlags & WaitFlags & { json?: true },
  signal: AbortSignal,
): Promise<void> {
  const output = createOutput(flags)
  const desired = readDesired(await readInputFile(path))
  await withBroker(flags, signal, async (conversation) => {
    const settings: FleetSettings = await collectSettings(conversation)
    const standing = settings.desired.get(formatTarget(desired.target))
    if (
      standing &&
      standing.revision >= desired.revision &&
      !isDeepStrictEqual(standing.digest, desired.digest)
    ) {
      throw oldRevision(desired.revision, standing)
    }
    await publishDesired(conversation, settings, desired, { flags, output })
  })
}

async function signed(
  base: Desired | undefined,
  target: Target,
  flags: ChangeFlags,
  edit: (config: DesiredConfig) => DesiredConfig,
  output: Output,
): Promise<Desired> {
  const before = base?.config ?? NOTHING_DESIRED
  const now = Date.now() * 1000
  const edited = edit({ ...before, exceptions: before.exceptions.filter(({ expiresAt }) => expiresAt > now) })
  const config = { ...edited, mayDisableDetection: flags.mayDisableDetection === true }
  tellChanges(before, config, output)
  const problems = fleetProblems(config, now, `settings for ${formatTarget(target)}`)
  if (problems !== undefined) throw problems
  if (base && flags.revision !== undefined && flags.revision <= base.revision) {
    throw oldRevision(flags.revision, base)
  }
  const revision = flags.revision ?? Math.max(Date.now(), (base?.revision ?? 0) + 1)
  const payload = encodeDesiredConfig(config)
  const what = { payloadType: 'firsteight.v1.DesiredConfig', payload, target } as const
  return readDesired(await signNow(what, { ...flags, revision }))
}

async function writeSigned(desired: Desired, path: string, output: Output): Promise<void> {
  await writeEnvelope(path, desired.envelope)
  const target = formatTarget(desired.target)
  output.summary(
    { target, revision: desired.revision, file: path },
    `revision ${desired.revision} for ${target}: signed in ${path}; publish it with firsteight fleet config publish ${path}`,
  )
}

function tellChanges(before: DesiredConfig, after: DesiredConfig, output: Output): void {
  const [old, now] = [flat(before), flat(after)]
  const changes = [...new Set([...old.keys(), ...now.keys()])]
    .filter((what) => old.get(what) !== now.get(what))
    .map((what) => ({ what, before: old.get(what) ?? null, after: now.get(what) ?? null }))
  if (output.json) for (const change of changes) output.line(change, '')
  else if (changes.length === 0) output.line({}, 'no changes: signed again as it is')
  else {
    const rows = changes.map((change) => [change.what, change.before ?? '-', change.after ?? '-'])
    output.line({}, textTable({ heading: ['SETTING', 'BEFORE', 'AFTER'], rows, left: [0, 1, 2] }))
  }
}

/** Settings and exceptions as text by name. */
export function flat({ settings, exceptions, mayDisableDetection }: DesiredConfig): Map<string, string> {
  return new Map([
    ...[...settings].map(([path, value]) => [path, JSON.stringify(value)] as const),
    ...exceptions.map((each) => [`exception ${each.id}`, formatCriteria(each)] as const),
    ...(mayDisableDetection ? [['may disable detection', 'yes'] as const] : []),
  ])
}

async function readBase(path: string, target: Target): Promise<Desired> {
  const base = readDesired(await readInputFile(path))
  if (formatTarget(base.target) === formatTarget(target)) return base
  throw new FirsteightError(
    'USAGE',
    `${path} is for ${formatTarget(base.target)}, not for ${formatTarget(target)}`,
    { hint: 'Write it with `firsteight fleet config get TARGET --envelope-out FILE`.' },
  )
}

function oldRevision(revision: number, { target, revision: standing }: Desired): FirsteightError {
  return new FirsteightError(
    'ENVELOPE_OLD_REVISION',
    `revision ${revision}: for ${formatTarget(target)} there is revision ${standing} already`,
    { hint: 'Sign it with a higher revision, or leave --revision out.' },
  )
}
