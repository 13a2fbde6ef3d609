import { setTimeout as sleep } from 'node:timers/promises'
import { FirsteightError } from '../errors.js'
import type { Log } from '../log.js'
import { Backoff } from './backoff.js'
import { type BrokerConnection, type BrokerMessage, connectBroker, disconnect } from './connection.js'
import { needsAPerson } from './errors.js'
import type { BrokerOptions } from './options.js'
import { RepeatGate } from './repeat-gate.js'

export interface SessionDependencies {
  options: BrokerOptions
  log: Log
  /** The last will of the next connection; asked for before each. */
  will?: () => BrokerMessage
  /** The broker has accepted a connection. Anything in flight on an earlier one is lost. */
  connected(connection: BrokerConnection): void
  /** That connection has ended. */
  lost(): void
}

/** A connection that lived this long, or as long as the longest waiting time, counts as a good one. */
const STABLE_MILLISECONDS = 10_000

/**
 * Keeps one connection to the broker: connects, waits longer after each failure, reconnects until it is stopped. A
 * broker with several addresses is tried at each in turn.
 */
export class BrokerSession {
  readonly #dependencies: SessionDependencies
  readonly #backoff: Backoff
  readonly #gate = new RepeatGate()
  readonly #stopping = new AbortController()
  readonly #addresses: readonly string[]
  #turn = 0
  #connection: BrokerConnection | undefined
  #connections = 0
  #ended: Promise<void> = Promise.resolve()

  constructor(dependencies: SessionDependencies) {
    this.#dependencies = dependencies
    const { address, otherAddresses, reconnectMinimumMilliseconds, reconnectMaximumMilliseconds } =
      dependencies.options
    this.#addresses = [address, ...otherAddresses]
    this.#backoff = new Backoff(reconnectMinimumMilliseconds, reconnectMaximumMilliseconds)
  }

  get connection(): BrokerConnection | undefined {
    return this.#connection
  }

  /** Accepted connections after the first. */
  get reconnects(): number {
    return Math.max(0, this.#connections - 1)
  }

  /**
   * @param options.failFast waits for the first connection and throws when it fails at every address;
   *   otherwise returns at once and tries until stopped
   * @throws FirsteightError BROKER_* with failFast, within the connect timeout
   */
  async start(options: { failFast: boolean }): Promise<void> {
    const first = options.failFast ? await this.#connectAnywhere() : undefined
    this.#ended = this.#run(first)
  }

  /** Disconnects in an orderly way, or abandons the attempt to connect. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    if (this.#connection) await disconnect(this.#connection)
    await this.#ended
  }

  async #run(first: BrokerConnection | undefined): Promise<void> {
    let connection = first
    while (!this.#stopping.signal.aborted) {
      try {
        connection ??= await this.#connect()
        if (this.#stopping.signal.aborted) return await disconnect(connection)
        await this.#hold(connection)
      } catch (error) {
        if (this.#stopping.signal.aborted) return
        if (!(error instanceof FirsteightError)) throw error
        this.#turn++
        await this.#wait(error)
      }
      connection = undefined
    }
  }

  /** The address whose turn it is. */
  get #options(): BrokerOptions {
    return { ...this.#dependencies.options, address: this.#addresses[this.#turn % this.#addresses.length]! }
  }

  #connect(): Promise<BrokerConnection> {
    return connectBroker(this.#options, this.#dependencies.will?.(), this.#stopping.signal)
  }

  /** @throws the first address's error */
  async #connectAnywhere(): Promise<BrokerConnection> {
    let first: unknown
    for (const _ of this.#addresses) {
      try {
        return await this.#connect()
      } catch (error) {
        first ??= error
        this.#turn++
      }
    }
    throw first
  }

  /** Lends the connection out until it ends; throws why it ended. */
  async #hold(connection: BrokerConnection): Promise<never> {
    const { log } = this.#dependencies
    const options = this.#options
    const since = performance.now()
    this.#connection = connection
    this.#connections++
    this.#gate.clear()
    log.info({ broker: options.address, clientId: options.clientId }, 'connected to the broker')
    this.#dependencies.connected(connection)
    const reason = await connection.closed
    this.#connection = undefined
    this.#dependencies.lost()
    const stable = Math.min(STABLE_MILLISECONDS, options.reconnectMaximumMilliseconds)
    if (performance.now() - since >= stable) this.#backoff.reset()
    throw reason
  }

  async #wait(error: FirsteightError): Promise<void> {
    const isKnown = this.#connections > 0 || this.#addresses.length > 1
    const delay = needsAPerson(error.code, isKnown) ? this.#backoff.longest() : this.#backoff.next()
    if (this.#gate.allows(error.message, performance.now())) {
      const seconds = Math.ceil(delay / 1000)
      this.#dependencies.log.warn(
        { code: error.code, hint: error.hint },
        `${error.message}; trying again, next in ${seconds} s`,
      )
    }
    await sleep(delay, undefined, { signal: this.#stopping.signal }).catch(() => {})
  }
}
