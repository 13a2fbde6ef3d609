import { setTimeout as sleep } from 'node:timers/promises'
import { FirsteightError, messageOf } from '../errors.js'
import { matchesFilter } from '../topics.js'
import {
  type BrokerConnection,
  type BrokerMessage,
  connectBroker,
  disconnect,
  publish,
} from './connection.js'
import type { BrokerOptions } from './options.js'

/** What a broker sent: hostile until checked. */
export interface Arrival {
  readonly topic: string
  readonly payload: Uint8Array
  readonly retained: boolean
}

/** Retained messages come at once after the subscription; after so long without one there are no more, ms. */
const QUIET_MILLISECONDS = 400

/** One connection for a command that asks, tells and ends: no reconnecting, every failure is thrown. */
export class Conversation {
  readonly #connection: BrokerConnection
  readonly #address: string
  readonly #takers = new Map<string, (arrival: Arrival) => void>()

  /** @throws FirsteightError BROKER_* */
  static async open(options: BrokerOptions, signal?: AbortSignal): Promise<Conversation> {
    return new Conversation(await connectBroker(options, undefined, signal), options.address)
  }

  private constructor(connection: BrokerConnection, address: string) {
    this.#connection = connection
    this.#address = address
    connection.client.on('message', (topic, payload, { retain }) => {
      for (const [filter, take] of this.#takers) {
        if (matchesFilter(filter, topic)) take({ topic, payload, retained: retain })
      }
    })
  }

  /** Resolves when the broker has ended the connection, with why. */
  get closed(): Promise<FirsteightError> {
    return this.#connection.closed
  }

  /** @throws FirsteightError BROKER_REFUSED, or why the connection ended */
  async subscribe(filter: string, take: (arrival: Arrival) => void): Promise<void> {
    this.#takers.set(filter, take)
    const { client, closed } = this.#connection
    try {
      const granted = await client.subscribeAsync([filter], { qos: 1 })
      if (granted.every(({ qos }) => qos <= 2)) return
    } catch {
      if (!client.connected) throw await closed
    }
    this.#takers.delete(filter)
    throw refused(this.#address, `the subscription to ${filter}`, `read ${filter}`)
  }

  async unsubscribe(filter: string): Promise<void> {
    this.#takers.delete(filter)
    if (this.#connection.client.connected) await this.#connection.client.unsubscribeAsync(filter)
  }

  /** The retained messages on the topics that match, once each, by topic. Bounded by `most`; what is beyond is left out. */
  async collect(filter: string, most = 100_000): Promise<Map<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>()
    let last = performance.now()
    await this.subscribe(filter, ({ topic, payload, retained }) => {
      if (!retained) return
      last = performance.now()
      if (found.has(topic) || found.size < most) found.set(topic, payload)
    })
    while (performance.now() - last < QUIET_MILLISECONDS)
      await this.#unlessClosed(sleep(QUIET_MILLISECONDS / 4))
    await this.unsubscribe(filter)
    return found
  }

  /** @throws FirsteightError BROKER_REFUSED, or why the connection ended */
  async publish(message: BrokerMessage): Promise<void> {
    const { client, closed } = this.#connection
    if (!client.connected) throw await closed
    const acknowledged = new Promise<Error | undefined>((done) => publish(this.#connection, message, done))
    const error = await this.#unlessClosed(acknowledged)
    if (error === undefined) return
    if (!client.connected) throw await closed
    throw refused(this.#address, `${message.topic}: ${messageOf(error)}`, `write ${message.topic}`)
  }

  /** Deletes what the broker retains on a topic. */
  clear(topic: string, schema: string): Promise<void> {
    return this.publish({ topic, payload: new Uint8Array(0), retain: true, schema })
  }

  /**
   * Waits for the first message that `pick` makes something of. Subscribe with what may be answered before asking:
   * `ask` runs when the subscription stands.
   * @returns undefined when the time is over
   */
  async answer<T>(
    filter: string,
    pick: (arrival: Arrival) => T | undefined,
    options: { milliseconds: number; ask?: () => Promise<void> },
  ): Promise<T | undefined> {
    let settle: (value: T | undefined) => void = () => {}
    const picked = new Promise<T | undefined>((resolve) => {
      settle = resolve
    })
    await this.subscribe(filter, (arrival) => {
      const value = pick(arrival)
      if (value !== undefined) settle(value)
    })
    const timer = setTimeout(() => settle(undefined), options.milliseconds)
    try {
      await options.ask?.()
      return await this.#unlessClosed(picked)
    } finally {
      clearTimeout(timer)
      await this.unsubscribe(filter)
    }
  }

  close(): Promise<void> {
    return disconnect(this.#connection)
  }

  /** @throws FirsteightError why the connection ended */
  async #unlessClosed<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([
      promise,
      this.#connection.closed.then((error) => {
        throw error
      }),
    ])
  }
}

function refused(address: string, what: string, right: string): FirsteightError {
  return new FirsteightError('BROKER_REFUSED', `broker ${address}: it refused ${what}`, {
    hint: `Check that the access list of the broker lets this user ${right}.`,
  })
}
