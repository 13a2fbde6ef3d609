import { setTimeout as sleep } from 'node:timers/promises'
import type { MqttClient } from 'mqtt'
import { FirsteightError, messageOf } from '../errors.js'
import { matchesFilter } from '../topics.js'
import {
  type BrokerConnection,
  type BrokerMessage,
  connectBroker,
  disconnect,
  publish,
} from './connection.js'
import { needsAPerson } from './errors.js'
import type { BrokerOptions } from './options.js'

/** What a broker sent: hostile until checked. */
export interface Arrival {
  readonly topic: string
  readonly payload: Uint8Array
  readonly retained: boolean
}

/** Retained messages come at once after the subscription; after so long without one there are no more, ms. */
const QUIET_MILLISECONDS = 400

/** Between rounds through the addresses of a broker whose nodes have to agree first on who leads, ms; and how many. */
const PAUSE_MILLISECONDS = 1000
const ROUNDS = 30
/** Such a node refuses subscriptions, too; one that is still refused after so many is not allowed. */
const SUBSCRIPTION_ROUNDS = 10

/**
 * A connection for a command that asks, tells and ends: every failure is thrown. Of a broker with several addresses
 * another is taken when the connection is lost, and what was not acknowledged is published once more.
 */
export class Conversation {
  readonly #options: BrokerOptions
  readonly #addresses: readonly string[]
  readonly #takers = new Map<string, (arrival: Arrival) => void>()
  readonly #closing = new AbortController()
  /** Resolves when there is no other connection to be had, with why. */
  readonly closed: Promise<FirsteightError>
  #end: (error: FirsteightError) => void = () => {}
  #connection: Promise<BrokerConnection>
  #subscribedAt = 0

  /** @throws FirsteightError BROKER_*, of the first address */
  static async open(options: BrokerOptions, signal?: AbortSignal): Promise<Conversation> {
    return new Conversation(options, await connectAnywhere(options, addressesOf(options), signal))
  }

  private constructor(options: BrokerOptions, connection: BrokerConnection) {
    this.#options = options
    this.#addresses = addressesOf(options)
    this.closed = new Promise((resolve) => {
      this.#end = resolve
    })
    this.#connection = Promise.resolve(connection)
    this.#listen(connection)
    this.#follow(connection)
  }

  get #rounds(): number {
    return this.#addresses.length === 1 ? 1 : SUBSCRIPTION_ROUNDS
  }

  /** @throws FirsteightError BROKER_REFUSED, or why the connection ended */
  async subscribe(filter: string, take: (arrival: Arrival) => void): Promise<void> {
    this.#takers.set(filter, take)
    for (let round = 0; round < this.#rounds; round++) {
      if (await this.#over(({ client }) => granted(client, [filter]))) return
      await this.#unlessClosed(sleep(round + 1 < this.#rounds ? PAUSE_MILLISECONDS : 0))
    }
    this.#takers.delete(filter)
    throw refused(this.#options.address, `the subscription to ${filter}`, `read ${filter}`)
  }

  async unsubscribe(filter: string): Promise<void> {
    this.#takers.delete(filter)
    const { client } = await this.#connection
    if (client.connected) await client.unsubscribeAsync(filter).catch(() => {})
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
    while (performance.now() - Math.max(last, this.#subscribedAt) < QUIET_MILLISECONDS) {
      await this.#unlessClosed(sleep(QUIET_MILLISECONDS / 4))
      await this.#connection
    }
    await this.unsubscribe(filter)
    return found
  }

  /** @throws FirsteightError BROKER_REFUSED, or why the connection ended */
  async publish(message: BrokerMessage): Promise<void> {
    const refusal = await this.#over((connection) => acknowledged(connection, message))
    if (refusal === undefined) return
    throw refused(this.#options.address, `${message.topic}: ${messageOf(refusal)}`, `write ${message.topic}`)
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

  async close(): Promise<void> {
    this.#closing.abort()
    const connection = await this.#connection.catch(() => undefined)
    if (connection) await disconnect(connection)
  }

  #follow(connection: BrokerConnection): void {
    connection.closed.then((error) => {
      this.#connection = this.#another(error)
      this.#connection.catch((why) => this.#end(why))
    })
  }

  #listen({ client }: BrokerConnection): void {
    client.on('message', (topic, payload, { retain }) => {
      for (const [filter, take] of this.#takers) {
        if (matchesFilter(filter, topic)) take({ topic, payload, retained: retain })
      }
    })
  }

  /** The next connection, with all subscriptions. @throws FirsteightError when there is none */
  async #another(lost: FirsteightError): Promise<BrokerConnection> {
    if (this.#addresses.length === 1) throw lost
    const { signal } = this.#closing
    for (let round = 0; round < ROUNDS && !signal.aborted; round++) {
      try {
        const connection = await connectAnywhere(this.#options, this.#addresses, signal)
        this.#listen(connection)
        const filters = [...this.#takers.keys()]
        const isGranted =
          filters.length === 0 ||
          (await Promise.race([granted(connection.client, filters), ended(connection)]))
        if (!isGranted) {
          await disconnect(connection)
          throw lost
        }
        this.#subscribedAt = performance.now()
        this.#follow(connection)
        return connection
      } catch (error) {
        if (error instanceof FirsteightError && needsAPerson(error.code, true)) throw error
        await sleep(PAUSE_MILLISECONDS, undefined, { signal }).catch(() => {})
      }
    }
    throw lost
  }

  /** Does something over the connection, and over the next one when that is lost meanwhile. */
  async #over<T>(act: (connection: BrokerConnection) => Promise<T>): Promise<T> {
    for (;;) {
      const connection = await this.#connection
      try {
        return await Promise.race([act(connection), ended(connection)])
      } catch (error) {
        if (connection.client.connected) throw error
        await connection.closed
      }
    }
  }

  /** @throws FirsteightError why there is no connection any more */
  #unlessClosed<T>(promise: Promise<T>): Promise<T> {
    const ended = this.closed.then((error): never => {
      throw error
    })
    return Promise.race([promise, ended])
  }
}

function addressesOf({ address, otherAddresses }: BrokerOptions): readonly string[] {
  return [address, ...otherAddresses]
}

/** @throws FirsteightError BROKER_*, of the first address, when none accepts */
async function connectAnywhere(
  options: BrokerOptions,
  addresses: readonly string[],
  signal?: AbortSignal,
): Promise<BrokerConnection> {
  let first: unknown
  for (const address of addresses) {
    try {
      return await connectBroker({ ...options, address }, undefined, signal)
    } catch (error) {
      first ??= error
      if (signal?.aborted) break
    }
  }
  throw first
}

/** Whether the broker grants all of these subscriptions. @throws when the connection is lost */
async function granted(client: MqttClient, filters: string[]): Promise<boolean> {
  try {
    return (await client.subscribeAsync(filters, { qos: 1 })).every(({ qos }) => qos <= 2)
  } catch (error) {
    if (client.connected) return false
    throw error
  }
}

/** @returns why the broker refuses it, if it does. @throws when the connection is lost */
function acknowledged(connection: BrokerConnection, message: BrokerMessage): Promise<Error | undefined> {
  return new Promise((resolve, reject) => {
    publish(connection, message, (error) => {
      if (error === undefined || connection.client.connected) resolve(error)
      else reject(error)
    })
  })
}

async function ended({ closed }: BrokerConnection): Promise<never> {
  throw await closed
}

function refused(address: string, what: string, right: string): FirsteightError {
  return new FirsteightError('BROKER_REFUSED', `broker ${address}: it refused ${what}`, {
    hint: `Check that the access list of the broker lets this user ${right}.`,
  })
}
