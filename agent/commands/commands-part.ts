import { createHash } from 'node:crypto'
import { type Command, decodeCommand, encodeCommandResult } from '../../core/command-message.js'
import { FirsteightError, messageOf } from '../../core/errors.js'
import type { Log } from '../../core/log.js'
import { refused } from '../../core/signature/envelope.js'
import type { TrustedKeys } from '../../core/signature/trusted-keys.js'
import { verifyEnvelope } from '../../core/signature/verify.js'
import { escapeUnprintable } from '../../core/text.js'
import { nameProblem, nodePath, pathsToward } from '../../core/topics.js'
import type { WriteStep } from '../../core/write-file.js'
import { firsteight } from '../../generated/messages.js'
import { headerOf, type Speaker } from '../header.js'
import type { IncomingMessage, Mailbox } from '../link/mailbox.js'
import type { AgentPart } from '../part.js'
import { CommandMemory, type DoneCommand } from './command-memory.js'
import { TokenBucket } from './token-bucket.js'

const { CommandState, Order } = firsteight.v1

/** What a command came to, beside its state. */
export type Outcome = Pick<
  firsteight.v1.CommandResult.$Properties,
  'message' | 'figures' | 'evidence' | 'files'
>

/** How a command ends, for the metrics. */
type CommandEnd = 'done' | 'failed' | 'refused'

/** Carries one kind of command out. Ends early when `signal` aborts. Throws FirsteightError when it fails. */
export type Execute = (command: Command, signal: AbortSignal) => Promise<Outcome> | Outcome

export interface CommandsDependencies {
  speaker: Speaker
  /** Number of the last alert. */
  sequence: () => number
  mailbox: Mailbox
  keys: () => TrustedKeys
  /** Microseconds since 1970. */
  now: () => number
  /** File of the commands that were done. */
  path: string
  orders: ReadonlyMap<firsteight.v1.Order, Execute>
  log: Log
  /** For tests; see CommandMemory. */
  step?: WriteStep
}

/** Messages looked at a second; verifying a signature takes 0.1 ms. */
const ARRIVALS = { perSecond: 50, most: 100 }
/** Refusals told a second; beyond it they are only counted. */
const REFUSALS = { perSecond: 5, most: 30 }
/** Commands begun and not ended. */
const MOST_UNDER_WAY = 16
/** How long the agent's end waits for them. */
const STOP_MILLISECONDS = 3000
const RESULT_EXPIRY_SECONDS = 3600

/**
 * Obeys signed commands, each once. Whatever is refused is counted, told on the command's result topic with its error
 * code, and not carried out.
 */
export class CommandsPart implements AgentPart {
  readonly refusals = new Map<string, number>()
  readonly commandResults = new Map<CommandEnd, number>()
  readonly #dependencies: CommandsDependencies
  readonly #arrivals = new TokenBucket(ARRIVALS.perSecond, ARRIVALS.most, performance.now())
  readonly #told = new TokenBucket(REFUSALS.perSecond, REFUSALS.most, performance.now())
  readonly #end = new AbortController()
  readonly #underWay = new Set<Promise<void>>()
  /** Their ids. */
  readonly #isUnderWay = new Set<string>()
  #memory: CommandMemory | undefined
  /** One after another, except for captures. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(dependencies: CommandsDependencies) {
    this.#dependencies = dependencies
  }

  async start(): Promise<void> {
    const { path, now, log, step, speaker, mailbox } = this.#dependencies
    this.#memory = await CommandMemory.open(path, now(), log, step)
    for (const filter of pathsToward(speaker, 'cmd/+'))
      mailbox.subscribe(filter, (message) => this.#received(message))
  }

  async stop(): Promise<void> {
    this.#end.abort()
    const late = new Promise((resolve) => setTimeout(resolve, STOP_MILLISECONDS).unref())
    await Promise.race([Promise.allSettled(this.#underWay), late])
  }

  #received({ topic, payload, retained }: IncomingMessage): void {
    // Nothing at all is what deletes a retained message.
    if (payload.length === 0) return
    if (!this.#arrivals.take(performance.now())) {
      this.#count('COMMAND_BUSY')
      return
    }
    const id = topic.slice(topic.lastIndexOf('/') + 1)
    try {
      this.#accept(id, payload, retained)
    } catch (error) {
      this.#refuse(id, error)
    }
  }

  /** @throws FirsteightError why it is refused */
  #accept(id: string, envelope: Uint8Array, retained: boolean): void {
    const { keys, speaker, now } = this.#dependencies
    if (retained) {
      throw refused(
        'COMMAND_RETAINED',
        'the broker retained it, so it may be old',
        'Publish commands without retain.',
      )
    }
    const verified = verifyEnvelope(envelope, {
      keys: keys(),
      payloadType: 'firsteight.v1.Command',
      receiver: speaker,
      now: now(),
    })
    const { payload, notBefore, expiresAt } = verified.statement
    const command = decodeCommand(payload)
    if (command.id !== id) {
      throw refused(
        'COMMAND_ID',
        `its id is ${command.id}, not that of its topic`,
        'Publish it on cmd/<its id>.',
      )
    }
    const digest = createHash('sha256').update(payload).digest('hex')
    const memory = this.#memory!
    const known = memory.find(id)
    if (known !== undefined) {
      this.#again(known, digest)
      return
    }
    if (memory.isForgotten(notBefore)) {
      throw refused(
        'COMMAND_FORGOTTEN',
        'it is so old that nobody knows whether it was done',
        'Sign a new one.',
      )
    }
    const execute = this.#dependencies.orders.get(command.order)
    if (execute === undefined) {
      throw refused(
        'COMMAND_UNSUPPORTED',
        `${Order[command.order]} is not possible here`,
        'Update firsteight.',
      )
    }
    if (this.#underWay.size >= MOST_UNDER_WAY) {
      throw refused('COMMAND_BUSY', `${MOST_UNDER_WAY} commands are under way`, 'Send it again later.')
    }
    const { order } = command
    this.#dependencies.log.info({ id, signer: verified.keyName }, `command ${Order[order]}`)
    const running = this.#run(command, execute, { id, digest, notBefore, expiresAt }).finally(() =>
      this.#underWay.delete(running),
    )
    this.#underWay.add(running)
  }

  /** The same command another time: what came of it is told again. */
  #again(known: DoneCommand, digest: string): void {
    if (known.digest !== digest) {
      throw refused('COMMAND_ID', 'another command had the same id', 'Give each command an id of its own.')
    }
    if (known.result !== undefined) this.#publish(known.id, Buffer.from(known.result, 'base64'))
    else if (!this.#isUnderWay.has(known.id)) {
      this.#tell(known.id, CommandState.COMMAND_FAILED, {
        code: 'COMMAND_INTERRUPTED',
        message: 'it was begun before the agent was ended on the way; whether it took effect is not known',
      })
    }
  }

  async #run(command: Command, execute: Execute, done: DoneCommand): Promise<void> {
    const { id, order } = command
    const memory = this.#memory!
    this.#isUnderWay.add(id)
    try {
      await memory.begin(done, this.#dependencies.now())
      this.#tell(id, CommandState.COMMAND_RUNNING, {})
      const perform = async () => execute(command, this.#end.signal)
      const turn = order === Order.ORDER_CAPTURE ? perform() : this.#last.then(perform)
      if (order !== Order.ORDER_CAPTURE) this.#last = turn.catch(() => {})
      const result = this.#encode(id, CommandState.COMMAND_DONE, await turn)
      await memory.finish(id, result)
      this.#ended('done')
      this.#publish(id, result)
    } catch (error) {
      this.#ended('failed')
      const result = this.#encode(id, CommandState.COMMAND_FAILED, problemOf(error))
      await memory.finish(id, result).catch(() => {})
      this.#publish(id, result)
    } finally {
      this.#isUnderWay.delete(id)
    }
  }

  #refuse(id: string, error: unknown): void {
    const problem = problemOf(error)
    this.#count(problem.code)
    if (!this.#told.take(performance.now())) return
    this.#dependencies.log.warn(
      { code: problem.code },
      `command ${escapeUnprintable(id)} refused: ${problem.message}`,
    )
    if (nameProblem(id) === undefined) this.#tell(id, CommandState.COMMAND_REFUSED, problem)
  }

  #count(code: string): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1)
    this.#ended('refused')
  }

  #ended(result: CommandEnd): void {
    this.commandResults.set(result, (this.commandResults.get(result) ?? 0) + 1)
  }

  #tell(id: string, state: firsteight.v1.CommandState, rest: firsteight.v1.CommandResult.$Properties): void {
    this.#publish(id, this.#encode(id, state, rest))
  }

  #encode(
    commandId: string,
    state: firsteight.v1.CommandState,
    rest: firsteight.v1.CommandResult.$Properties,
  ): Uint8Array {
    const header = headerOf(this.#dependencies.speaker, this.#dependencies.sequence())
    return encodeCommandResult({ header, commandId, state, ...rest })
  }

  #publish(id: string, payload: Uint8Array): void {
    const { speaker, mailbox } = this.#dependencies
    void mailbox.send({
      topic: nodePath(speaker, `cmd/${id}/result`),
      payload,
      retain: false,
      expirySeconds: RESULT_EXPIRY_SECONDS,
      schema: 'firsteight.v1.CommandResult',
    })
  }
}

function problemOf(error: unknown): { code: string; message: string } {
  const code = error instanceof FirsteightError ? error.code : 'INTERNAL'
  return { code, message: escapeUnprintable(messageOf(error)).slice(0, 1024) }
}
