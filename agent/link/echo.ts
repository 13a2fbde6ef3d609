import type { BrokerMessage } from '../../core/broker/connection.js'
import { nodePath } from '../../core/topics.js'
import { firsteight } from '../../generated/messages.js'
import type { AgentIdentity } from './presence.js'

const { Echo } = firsteight.v1

export interface EchoDependencies {
  identity: AgentIdentity
  /** Until an echo must be back, milliseconds; doubles with every failure, up to the interval. */
  timeoutMilliseconds: number
  /** From one echo that came back to the next, milliseconds. */
  intervalMilliseconds: number
  send(message: BrokerMessage): void
  /** None came back in time; the next is sent after as long again. */
  failed(): void
  /** The first one came back after a start or a failure. */
  returned(): void
}

/** Sends messages to itself through the broker: a subscription that was granted may still deliver nothing. */
export class EchoCheck {
  readonly topic: string
  readonly #dependencies: EchoDependencies
  #number = 0
  #proven = false
  #timeout: number
  #timer: NodeJS.Timeout | undefined

  constructor(dependencies: EchoDependencies) {
    this.#dependencies = dependencies
    this.#timeout = dependencies.timeoutMilliseconds
    this.topic = nodePath(dependencies.identity, 'echo')
  }

  /** True from an echo's return to the next failure or stop. */
  get proven(): boolean {
    return this.#proven
  }

  start(): void {
    this.stop()
    this.#timeout = this.#dependencies.timeoutMilliseconds
    this.#send()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#proven = false
  }

  /** @param payload hostile: others may write to the topic */
  received(payload: Uint8Array): void {
    if (!this.#isOwn(payload)) return
    const news = !this.#proven
    this.#proven = true
    this.#timeout = this.#dependencies.timeoutMilliseconds
    this.#after(this.#dependencies.intervalMilliseconds, () => this.#send())
    if (news) this.#dependencies.returned()
  }

  #send(): void {
    this.#number++
    const { identity, send } = this.#dependencies
    const payload = Echo.encode({ bootId: identity.bootId, number: this.#number }).finish()
    this.#after(this.#timeout, () => this.#fail())
    send({ topic: this.topic, payload, retain: false, expirySeconds: 60, schema: 'firsteight.v1.Echo' })
  }

  #fail(): void {
    this.#proven = false
    const wait = this.#timeout
    this.#timeout = Math.min(2 * wait, this.#dependencies.intervalMilliseconds)
    this.#after(wait, () => this.#send())
    this.#dependencies.failed()
  }

  #isOwn(payload: Uint8Array): boolean {
    try {
      const { bootId, number } = Echo.decode(payload)
      return bootId === this.#dependencies.identity.bootId && number === this.#number
    } catch {
      return false
    }
  }

  #after(milliseconds: number, then: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(then, milliseconds)
    this.#timer.unref()
  }
}
