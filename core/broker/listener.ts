import { FirsteightError, messageOf } from '../errors.js'
import type { Log } from '../log.js'
import type { BrokerConnection } from './connection.js'
import type { Arrival } from './conversation.js'
import type { BrokerOptions } from './options.js'
import { BrokerSession } from './session.js'

export interface ListenerDependencies {
  options: BrokerOptions
  log: Log
  filters: string[]
  /** Retained messages come again after every reconnect. Must not throw. */
  take(arrival: Arrival): void
}

/** Subscribes, and subscribes again after every reconnect, until it is stopped. */
export class Listener {
  readonly #dependencies: ListenerDependencies
  readonly #session: BrokerSession
  #subscribed: Promise<void> | undefined

  constructor(dependencies: ListenerDependencies) {
    this.#dependencies = dependencies
    const { options, log } = dependencies
    this.#session = new BrokerSession({
      options,
      log,
      connected: (connection) => this.#connected(connection),
      lost: () => {},
    })
  }

  /** Connections after the first. */
  get reconnects(): number {
    return this.#session.reconnects
  }

  /** @throws FirsteightError BROKER_* when the first connection or subscription fails; later ones are tried again */
  async start(): Promise<void> {
    await this.#session.start({ failFast: true })
    try {
      await this.#subscribed
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  stop(): Promise<void> {
    return this.#session.stop()
  }

  #connected(connection: BrokerConnection): void {
    connection.client.on('message', (topic, payload, { retain }) =>
      this.#dependencies.take({ topic, payload, retained: retain }),
    )
    const isFirst = this.#subscribed === undefined
    this.#subscribed = this.#subscribe(connection)
    if (isFirst) return
    this.#subscribed.catch((error) => {
      this.#dependencies.log.warn({ filters: this.#dependencies.filters }, messageOf(error))
      connection.client.stream.destroy()
    })
  }

  async #subscribe({ client, closed }: BrokerConnection): Promise<void> {
    const { filters, options } = this.#dependencies
    try {
      const granted = await client.subscribeAsync(filters, { qos: 1 })
      if (granted.every(({ qos }) => qos <= 2)) return
    } catch {
      if (!client.connected) throw await closed
    }
    throw new FirsteightError('BROKER_REFUSED', `broker ${options.address}: it refused the subscription`, {
      hint: 'Check that the access list of the broker lets this user read firsteight/v1/#.',
    })
  }
}
