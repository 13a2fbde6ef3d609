import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { FirsteightError } from '../../core/errors.js'
import { type AlertException, formatCriteria, parsePattern, parsePeer } from '../../core/exceptions.js'
import { isoTime } from '../../core/message-json.js'
import { formatTarget, parseTarget } from '../../core/signature/target.js'
import { addBrokerOptions, type BrokerFlags } from '../broker-options.js'
import { addChangeOptions, type ChangeFlags, changeDesired, withBroker } from '../fleet-change.js'
import { collectSettings, nodesOf } from '../fleet-desired.js'
import { addExamples } from '../help.js'
import { positive, wholeNumber } from '../number-options.js'
import { createOutput } from '../output.js'
import { textTable } from '../text-table.js'
import type { CommandContext } from './command.js'

const TARGET = 'all, SITE, or SITE/NODE'
const DAY = 86_400_000_000

interface AddFlags extends ChangeFlags {
  peer?: string
  pattern?: string
  port?: number
  owner: string
  reason: string
  days: number
  id?: string
}

/** Adds `exception` to the `fleet` command: what agents are not to tell of. */
export function registerFleetException(fleet: Command, context: CommandContext): void {
  const exception = fleet
    .command('exception')
    .description('anomalous streams that agents count but do not report: add, list, remove')
  registerAdd(exception, context)
  registerLs(exception, context)
  registerRm(exception, context)
}

function registerAdd(exception: Command, context: CommandContext): void {
  const command = addChangeOptions(
    exception
      .command('add')
      .description('let a peer, a pattern or a port pass until it ends; all that is given must hold')
      .argument('<target>', TARGET)
      .option('--peer <address>', 'client or server: an address, or a network such as 10.1.2.0/24')
      .option('--pattern <hex>', 'first eight bytes, and a mask: 0000010000010000/0000ffffffffffff')
      .option('--port <number>', 'server port', wholeNumber(1, 65_535))
      .requiredOption('--owner <name>', 'who answers for it')
      .requiredOption('--reason <text>', 'why')
      .requiredOption('--days <number>', 'it ends by itself after so long, at most 365', positive)
      .option('--id <name>', 'name to remove it by (default: made up)'),
  ).action((target: string, flags: AddFlags) => {
    const made = exceptionOf(flags)
    return changeDesired(parseTarget(target), flags, context.stopSignal(), (config) => {
      if (config.exceptions.some(({ id }) => id === made.id)) {
        throw new FirsteightError('USAGE', `there is an exception ${made.id} for this target already`, {
          hint: 'Remove it first, or choose another --id.',
        })
      }
      return { ...config, exceptions: [...config.exceptions, made] }
    })
  })
  addExamples(
    command,
    [
      [
        'firsteight fleet exception add branch-17 --peer 10.1.2.3 --owner Dana --reason "own scanner" --days 30 --sign-with ops.key',
        'one host of a site',
      ],
      [
        'firsteight fleet exception add all --pattern 0000010000010000/0000ffffffffffff --owner Dana --reason "our VPN" --days 7 --sign-with ops.key',
        'streams that begin so',
      ],
    ],
    ['CONFIG', 'INPUT', 'BROKER', 'CHECK_FAILED', 'TRUST'],
  )
}

function exceptionOf({ peer, pattern, port, owner, reason, days, id }: AddFlags): AlertException {
  if (days > 365) {
    throw new FirsteightError('USAGE', '--days: at most 365', { hint: 'Renew it when it ends.' })
  }
  return {
    id: id ?? randomBytes(4).toString('hex'),
    owner,
    reason,
    expiresAt: Math.round(Date.now() * 1000 + days * DAY),
    ...(peer !== undefined && { peer: parsePeer(peer) }),
    ...(pattern !== undefined && { pattern: parsePattern(pattern) }),
    ...(port !== undefined && { port }),
  }
}

function registerLs(exception: Command, context: CommandContext): void {
  const command = addBrokerOptions(
    exception
      .command('ls')
      .description('list exceptions, and how many streams each has let pass')
      .argument('[target]', TARGET),
  )
    .option('--json', 'one JSON object a line, a last {"summary": ...}')
    .action((target: string | undefined, flags: BrokerFlags & { json?: true }) =>
      list(target, flags, context.stopSignal()),
    )
  addExamples(command, [['firsteight fleet exception ls', 'of every target']], ['CONFIG', 'BROKER'])
}

async function list(
  text: string | undefined,
  flags: BrokerFlags & { json?: true },
  signal: AbortSignal,
): Promise<void> {
  const output = createOutput(flags)
  const only = text === undefined ? undefined : formatTarget(parseTarget(text))
  const settings = await withBroker(flags, signal, collectSettings)
  const now = Date.now() * 1000
  const rows = [...settings.desired.values()]
    .filter(({ target }) => only === undefined || formatTarget(target) === only)
    .flatMap(({ target, config }) =>
      config.exceptions.map((each) => {
        const name = formatTarget(target)
        const reports = nodesOf(settings, target).flatMap(({ report }) => report?.exceptions ?? [])
        const own = reports.filter(({ id, target }) => id === each.id && formatTarget(target) === name)
        return {
          target: name,
          id: each.id,
          criteria: formatCriteria(each),
          owner: each.owner,
          reason: each.reason,
          expires: isoTime(each.expiresAt),
          ended: now >= each.expiresAt,
          agents: own.length,
          streams: own.reduce((sum, { streams }) => sum + streams, 0),
        }
      }),
    )
  if (output.json) for (const row of rows) output.line(row, '')
  else if (rows.length > 0) {
    output.line(
      {},
      textTable({
        heading: ['FOR', 'ID', 'LETS PASS', 'OWNER', 'REASON', 'ENDS (UTC)', 'AGENTS', 'STREAMS'],
        rows: rows.map((row) => [
          row.target,
          row.id,
          row.criteria,
          row.owner,
          row.reason,
          row.ended ? 'ended' : row.expires.slice(0, 16).replace('T', ' '),
          String(row.agents),
          String(row.streams),
        ]),
        left: [0, 1, 2, 3, 4, 5],
      }),
    )
  }
  const streams = rows.reduce((sum, row) => sum + row.streams, 0)
  output.summary(
    { exceptions: rows.length, streams },
    `${rows.length} exceptions; since the agents' starts they let ${streams} streams pass`,
  )
}

function registerRm(exception: Command, context: CommandContext): void {
  const command = addChangeOptions(
    exception
      .command('rm')
      .description('end an exception now')
      .argument('<target>', TARGET)
      .argument('<id>', 'as `firsteight fleet exception ls` shows it'),
  ).action((target: string, id: string, flags: ChangeFlags) =>
    changeDesired(parseTarget(target), flags, context.stopSignal(), (config) => {
      const exceptions = config.exceptions.filter((each) => each.id !== id)
      if (exceptions.length < config.exceptions.length) return { ...config, exceptions }
      throw new FirsteightError('USAGE', `there is no exception ${JSON.stringify(id)} for this target`, {
        hint: 'firsteight fleet exception ls shows them.',
      })
    }),
  )
  addExamples(
    command,
    [['firsteight fleet exception rm branch-17 4f1c9a02 --sign-with ops.key', 'before it ends by itself']],
    ['CONFIG', 'INPUT', 'BROKER', 'CHECK_FAILED', 'TRUST'],
  )
}
