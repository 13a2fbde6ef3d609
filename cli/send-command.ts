import { randomUUID } from 'node:crypto'
import type { Conversation } from '../core/broker/conversation.js'
import {
  type CommandResult,
  decodeCommandResult,
  decodeEvidenceChunk,
  type EvidenceChunk,
  encodeCommand,
} from '../core/command-message.js'
import { ERROR_CODES, type ErrorCode, FirsteightError } from '../core/errors.js'
import { formatTarget, type Target } from '../core/signature/target.js'
import { everyNodePath, nodePath, targetPath } from '../core/topics.js'
import { firsteight } from '../generated/messages.js'
import { type SigningFlags, signNow } from './signing.js'

const { CommandState } = firsteight.v1

/** An agent that was between two connections has not heard it: until it answers, the command is sent again so often. */
const AGAIN_MILLISECONDS = 5000

export type OrderFields = Omit<firsteight.v1.Command.$Properties, 'id' | 'schemaVersion'>

/** @throws FirsteightError as `signNow` */
export async function signCommand(
  order: OrderFields,
  target: Target,
  flags: SigningFlags,
): Promise<{ id: string; topic: string; envelope: Uint8Array }> {
  const id = randomUUID()
  const payload = encodeCommand({ ...order, id })
  const envelope = await signNow({ payloadType: 'firsteight.v1.Command', payload, target }, flags)
  return { id, topic: targetPath(target, `cmd/${id}`), envelope }
}

/**
 * Signs and publishes a command and waits for what came of it. Sent to several nodes, the first that did it counts.
 * @param options.quietSeconds without any sign of life for so long, it gives up
 * @param options.chunks hears of the chunks of this file
 * @throws FirsteightError what the agent says; COMMAND_NO_ANSWER; BROKER_*; as `signNow`
 */
export async function sendCommand(
  conversation: Conversation,
  order: OrderFields,
  options: {
    target: Target
    signing: SigningFlags
    quietSeconds: number
    chunks?: { eventId: string; take: (chunk: EvidenceChunk) => void }
  },
): Promise<CommandResult> {
  const { target, signing, quietSeconds, chunks } = options
  const { id, topic, envelope } = await signCommand(order, target, signing)
  const one = target.site !== '' && target.node !== ''
  const path = (below: string) =>
    one ? nodePath({ site: target.site, node: target.node }, below) : everyNodePath(below)
  let settle: (result: CommandResult | undefined) => void = () => {}
  const settled = new Promise<CommandResult | undefined>((resolve) => {
    settle = resolve
  })
  let timer = setTimeout(() => settle(undefined), quietSeconds * 1000)
  let again: NodeJS.Timeout | undefined
  const alive = () => {
    clearInterval(again)
    clearTimeout(timer)
    timer = setTimeout(() => settle(undefined), quietSeconds * 1000)
  }
  const result = decoded(decodeCommandResult, (result) => {
    if (result.commandId !== id) return
    alive()
    if (result.state === CommandState.COMMAND_RUNNING) return
    if (one || result.state === CommandState.COMMAND_DONE) settle(result)
  })
  const chunk = decoded(decodeEvidenceChunk, (chunk) => {
    if (chunk.eventId !== chunks?.eventId) return
    alive()
    chunks.take(chunk)
  })
  const filters = [path(`cmd/${id}/result`), ...(chunks ? [path(`evidence/${chunks.eventId}/+`)] : [])]
  try {
    for (const [index, filter] of filters.entries())
      await conversation.subscribe(filter, ({ payload }) => (index === 0 ? result : chunk)(payload))
    const schema = 'firsteight.v1.Envelope'
    const publish = () =>
      conversation.publish({ topic, payload: envelope, retain: false, expirySeconds: 600, schema })
    // With its id it is carried out once, however often it comes; why a connection ended is told below.
    again = setInterval(() => void publish().catch(() => {}), AGAIN_MILLISECONDS)
    await publish()
    const ended = conversation.closed.then((error): never => {
      throw error
    })
    return checked(await Promise.race([settled, ended]), target, quietSeconds)
  } finally {
    clearTimeout(timer)
    clearInterval(again)
    for (const filter of filters) await conversation.unsubscribe(filter)
  }
}

/** Whoever may publish at the broker may send anything: what cannot be read is passed over. */
function decoded<M>(decode: (payload: Uint8Array) => M, take: (message: M) => void) {
  return (payload: Uint8Array) => {
    let message: M
    try {
      message = decode(payload)
    } catch {
      return
    }
    take(message)
  }
}

function checked(result: CommandResult | undefined, target: Target, seconds: number): CommandResult {
  if (result === undefined) {
    throw new FirsteightError('COMMAND_NO_ANSWER', `${formatTarget(target)}: no answer for ${seconds} s`, {
      hint: 'Is it online (`firsteight watch`)? It answers only commands that a key signed which it trusts for them.',
    })
  }
  if (result.state === CommandState.COMMAND_DONE) return result
  const { site, node } = result.header
  const code = (Object.hasOwn(ERROR_CODES, result.code) ? result.code : 'COMMAND_FAILED') as ErrorCode
  throw new FirsteightError(code, `${site}/${node}: ${result.message}`, {
    hint: 'docs/errors.md says what the code means.',
    details: { site, node, agentCode: result.code },
  })
}
