import { Argument, type Command } from 'commander'
import { CAPTURE_LIMITS } from '../../core/command-message.js'
import { FirsteightError } from '../../core/errors.js'
import { firsteight } from '../../generated/messages.js'
import { fetchEvidence } from '../fetch-evidence.js'
import { addExamples } from '../help.js'
import { wholeNumber } from '../number-options.js'
import { createOutput } from '../output.js'
import { sendCommand, signCommand } from '../send-command.js'
import { writeEnvelope } from '../signing.js'
import type { CommandContext } from './command.js'
import {
  addFleetOptions,
  checkOutput,
  chunkProgress,
  type FleetFlags,
  nodeTarget,
  withBroker,
} from './fleet-evidence.js'

const { Order } = firsteight.v1

const ORDERS = {
  status: Order.ORDER_STATUS,
  metrics: Order.ORDER_METRICS,
  reload: Order.ORDER_RELOAD,
  rebirth: Order.ORDER_REBIRTH,
  capture: Order.ORDER_CAPTURE,
} as const

interface CommandFlags extends FleetFlags {
  seconds: number
  packets: number
  bytes: number
  output?: string
  force?: boolean
}

/** Adds `fleet command`. */
export function registerFleetCommand(fleet: Command, context: CommandContext): void {
  const { seconds, packets, bytes } = CAPTURE_LIMITS
  const command = addFleetOptions(
    fleet
      .command('command')
      .description('Send a signed command to an agent, and print what came of it.')
      .argument('<site/node>', 'the agent')
      .addArgument(new Argument('<command>', 'what it is to do').choices(Object.keys(ORDERS))),
  )
    .option('--seconds <seconds>', 'capture: for so long', wholeNumber(1, seconds), 10)
    .option('--packets <number>', 'capture: at most so many', wholeNumber(1, packets), packets)
    .option('--bytes <number>', 'capture: at most so many bytes of packets', wholeNumber(1, bytes), bytes)
    .option('-o, --output <file>', 'capture: fetch it, and write it here')
    .option('--force', 'replace an existing file')
    .action((node: string, name: keyof typeof ORDERS, options: CommandFlags) =>
      send(node, name, options, context),
    )
  addExamples(
    command,
    [
      [
        'firsteight fleet command branch-17/gate status --sign-with ops.key',
        'publish the status, print the figures',
      ],
      [
        'firsteight fleet command branch-17/gate capture --seconds 30 -o now.pcapng --sign-with ops.key',
        'what passes on the server ports',
      ],
    ],
    ['INPUT', 'BROKER', 'CHECK_FAILED', 'TRUST'],
  )
}

async function send(
  node: string,
  name: keyof typeof ORDERS,
  flags: CommandFlags,
  context: CommandContext,
): Promise<void> {
  const target = nodeTarget(node)
  const capture = name === 'capture'
  if (flags.output !== undefined) {
    if (!capture) throw new FirsteightError('USAGE', '--output is for capture', { hint: 'Leave it out.' })
    checkOutput(flags.output, flags.force === true)
  }
  const limits = { seconds: flags.seconds, packets: flags.packets, bytes: flags.bytes }
  const order = { order: ORDERS[name], ...(capture && limits) }
  const output = createOutput(flags)
  if (flags.envelopeOut !== undefined) {
    const { topic, envelope } = await signCommand(order, target, flags)
    await writeEnvelope(flags.envelopeOut, envelope)
    output.summary(
      { file: flags.envelopeOut, topic },
      `${flags.envelopeOut}: publish it on ${topic}, not retained`,
    )
    return
  }
  await withBroker(flags, context, async (conversation) => {
    const quietSeconds = flags.timeout + (capture ? flags.seconds : 0)
    const result = await sendCommand(conversation, order, { target, signing: flags, quietSeconds })
    const figures = Object.fromEntries(result.figures.map(({ name, value }) => [name, value]))
    const eventId = result.evidence?.eventId
    if (flags.output !== undefined && eventId !== undefined) {
      const progress = chunkProgress()
      await fetchEvidence(conversation, {
        ...{ eventId, path: flags.output, target, signing: flags, quietSeconds: flags.timeout, progress },
      })
    }
    const kept = eventId === undefined ? '' : `\nkept as ${eventId}`
    const file = flags.output === undefined ? '' : `\ntshark -r ${flags.output}`
    const lines = result.figures.map(({ name, value }) => `\n  ${name} ${value}`).join('')
    output.summary(
      {
        node,
        command: name,
        message: result.message,
        figures,
        ...(eventId && { evidence: eventId }),
        file: flags.output,
      },
      `${node}: ${result.message}${lines}${kept}${file}`,
    )
  })
}
