import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { Conversation } from '../../core/broker/conversation.js'
import { resolveBroker } from '../../core/broker/options.js'
import { FirsteightError } from '../../core/errors.js'
import { isoTime } from '../../core/message-json.js'
import { EVERY_NODE, parseTarget, type Target } from '../../core/signature/target.js'
import { firsteight } from '../../generated/messages.js'
import { addBrokerOptions, type BrokerFlags, brokerSettings } from '../broker-options.js'
import { fetchEvidence } from '../fetch-evidence.js'
import { addExamples } from '../help.js'
import { positive } from '../number-options.js'
import { createOutput } from '../output.js'
import { sendCommand } from '../send-command.js'
import { addSigningOptions, type SigningFlags } from '../signing.js'
import { textTable } from '../text-table.js'
import type { CommandContext } from './command.js'

/** Commands are for now: a day's fraction, about an hour. */
export const COMMAND_DAYS = 0.05
export const DEFAULT_QUIET_SECONDS = 30

export interface FleetFlags extends BrokerFlags, SigningFlags {
  timeout: number
  json?: boolean
}

/** What every command that sends commands has. */
export function addFleetOptions(command: Command): Command {
  return addSigningOptions(addBrokerOptions(command), COMMAND_DAYS)
    .option('--timeout <seconds>', 'give up after so long without an answer', positive, DEFAULT_QUIET_SECONDS)
    .option('--json', 'one JSON object a line, a last {"summary": ...}')
}

/** @throws FirsteightError BROKER_* and what `talk` throws */
export async function withBroker<T>(
  flags: FleetFlags,
  context: CommandContext,
  talk: (conversation: Conversation) => Promise<T>,
): Promise<T> {
  const broker = resolveBroker(brokerSettings(flags), `firsteight-fleet-${randomUUID()}`)
  const signal = context.stopSignal()
  const conversation = await Conversation.open(broker, signal)
  try {
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    return await Promise.race([talk(conversation), stopped])
  } finally {
    await conversation.close()
  }
}

/** @throws FirsteightError USAGE unless it names one node */
export function nodeTarget(text: string): Target {
  const target = parseTarget(text)
  if (target.node !== '') return target
  throw new FirsteightError('USAGE', `${text}: expected one node`, { hint: 'Name it as SITE/NODE.' })
}

/** @throws FirsteightError USAGE */
export function checkOutput(path: string, force: boolean): void {
  if (force || !existsSync(path)) return
  throw new FirsteightError('USAGE', `${path} is there already`, { hint: 'Say --force to replace it.' })
}

/** Tells on a terminal, in one line that is rewritten, how many chunks have arrived; elsewhere the last one. */
export function chunkProgress(stream = process.stderr): (arrived: number, chunks: number) => void {
  return (arrived, chunks) => {
    const text = `${arrived} of ${chunks} chunks`
    if (stream.isTTY) stream.write(`\r\u001b[K${text}${arrived === chunks ? '\n' : ''}`)
    else if (arrived === chunks) stream.write(`${text}\n`)
  }
}

/** Adds `fleet evidence`. */
export function registerFleetEvidence(fleet: Command, context: CommandContext): void {
  const command = addFleetOptions(
    fleet
      .command('evidence')
      .description(
        'Fetch the packets of an alert from the agent that keeps them, and check them; or list what it keeps.',
      )
      .argument('<event>', 'event id of the alert; or: ls')
      .argument('[site/node]', 'with ls: the agent'),
  )
    .option('-o, --output <file>', 'where to write the pcapng file')
    .option('--node <site/node>', 'the agent that sent the alert (default: every agent is asked)')
    .option('--sha256 <hex>', 'hash of the first section, as the alert says')
    .option('--force', 'replace an existing file')
    .action((event: string, node: string | undefined, options: EvidenceFlags) =>
      event === 'ls' ? list(node, options, context) : fetch(event, options, context),
    )
  addExamples(
    command,
    [
      [
        'firsteight fleet evidence EVENT -o alert.pcapng --node branch-17/gate --sha256 HASH --sign-with ops.key',
        'checked against the alert; `firsteight watch` prints event, node and hash',
      ],
      ['firsteight fleet evidence EVENT -o alert.pcapng --sign-with ops.key', 'from whoever has it'],
      ['firsteight fleet evidence ls branch-17/gate --sign-with ops.key', 'what a node keeps'],
    ],
    ['INPUT', 'BROKER', 'CHECK_FAILED', 'TRUST'],
  )
}

interface EvidenceFlags extends FleetFlags {
  output?: string
  node?: string
  sha256?: string
  force?: boolean
}

async function fetch(eventId: string, flags: EvidenceFlags, context: CommandContext): Promise<void> {
  const { output } = flags
  if (output === undefined)
    throw new FirsteightError('USAGE', '--output is needed', {
      hint: 'Say -o FILE, such as -o alert.pcapng.',
    })
  checkOutput(output, flags.force === true)
  const sha256 = flags.sha256?.toLowerCase()
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256))
    throw new FirsteightError('USAGE', '--sha256: expected 64 hex digits', {
      hint: 'Copy it from the alert.',
    })
  const fetched = await withBroker(flags, context, (conversation) =>
    fetchEvidence(conversation, {
      eventId,
      path: output,
      target: flags.node === undefined ? EVERY_NODE : nodeTarget(flags.node),
      signing: flags,
      quietSeconds: flags.timeout,
      sha256,
      progress: chunkProgress(),
    }),
  )
  const { site, node, offer, sectionSha256, sectionBytes } = fetched
  const proof = sha256 === undefined ? `compare it with the alert's` : `as the alert says`
  const open = offer.complete ? '' : '\nthe agent still collects packets of this flow: fetch it again later'
  createOutput(flags).summary(
    {
      ...{ eventId, site, node, file: output, bytes: offer.bytes, complete: offer.complete },
      ...{ sha256: Buffer.from(offer.sha256).toString('hex'), sectionBytes, sectionSha256 },
      matchesAlert: sha256 === undefined ? 'not asked' : true,
    },
    `${output}: ${offer.bytes} bytes from ${site}/${node}\n` +
      `first section: ${sectionBytes} bytes, SHA-256 ${sectionSha256} (${proof})${open}\n` +
      `tshark -r ${output}`,
  )
}

async function list(node: string | undefined, flags: FleetFlags, context: CommandContext): Promise<void> {
  if (node === undefined)
    throw new FirsteightError('USAGE', 'ls: which agent?', { hint: 'Say ls SITE/NODE.' })
  const { files } = await withBroker(flags, context, (conversation) =>
    sendCommand(
      conversation,
      { order: firsteight.v1.Order.ORDER_LIST_EVIDENCE },
      { target: nodeTarget(node), signing: flags, quietSeconds: flags.timeout },
    ),
  )
  const output = createOutput(flags)
  const rows = files.map((file) => [file.eventId, String(file.bytes), isoTime(file.writtenAtMicroseconds)])
  if (output.json) {
    for (const { eventId, bytes, writtenAtMicroseconds } of files)
      output.line({ eventId, bytes, writtenAt: isoTime(writtenAtMicroseconds) }, '')
  }
  const table = textTable({ heading: ['event', 'bytes', 'written'], rows, left: [0, 2] })
  output.summary({ files: files.length }, files.length === 0 ? 'no evidence' : table)
}
