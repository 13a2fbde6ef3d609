import { Backoff } from '../../core/broker/backoff.js'
import { type BrokerConnection, type BrokerMessage, publish } from '../../core/broker/connection.js'
import { RepeatGate } from '../../core/broker/repeat-gate.js'
import { messageOf } from '../../core/errors.js'
import type { Log } from '../../core/log.js'
import { matchesFilter } from '../../core/topics.js'
import { EchoCheck } from './echo.js'
import type { IncomingMessage, Mailbox } from './mailbox.js'
import type { AgentIdentity } from './presence.js'

export interface MailboxDependencies {
  identity: AgentIdentity
  log: Log
  /** Until an echo must be back; default 10 s. Doubles with every failure, up to the interval. */
  echoTimeoutMilliseconds?: number
  /** Between echoes while they come back; default 5 minutes. */
  echoIntervalMilliseconds?: number
  /** From a connection or a refusal to the next subscription to everything; default 30 s, doubled by each refusal. */
  againMilliseconds?: number
}

/** In flight at once: little beside the alerts, because brokers bound the sum (MQTT 5 Receive Maximum). */
export const MAILBOX_WINDOW = 2
/** Messages that wait to be sent; beyond it senders are turned away. */
const MAXIMUM_WAITING = 256
const LONGEST_AGAIN_MILLISECONDS = 3_600_000

interface Waiting {
  message: BrokerMessage
  done: (acknowledged: boolean) => void
}

/** Subscriptions and messages of the agent's parts over the link's connection, whichever that is at the time. */
export class MqttMailbox implements Mailbox {
  readonly #log: Log
  readonly #takers = new Map<string, (message: IncomingMessage) => void>()
  readonly #announced = new Map<string, BrokerMessage>()
  readonly #echo: EchoCheck
  readonly #gate = new RepeatGate()
  #waiting: Waiting[] = []
  #inFlight = 0
  #refused = 0
  readonly #againTimes: Backoff
  #again: NodeJS.Timeout | undefined
  #connection: BrokerConnection | undefined

  /** @throws FirsteightError TOPIC_INVALID for a bad site or node name */
  constructor(dependencies: MailboxDependencies) {
    const { log, identity, echoTimeoutMilliseconds, echoIntervalMilliseconds } = dependencies
    this.#log = log
    this.#againTimes = new Backoff(dependencies.againMilliseconds ?? 30_000, LONGEST_AGAIN_MILLISECONDS)
    this.#echo = new EchoCheck({
      identity,
      timeoutMilliseconds: echoTimeoutMilliseconds ?? 10_000,
      intervalMilliseconds: echoIntervalMilliseconds ?? 300_000,
      send: (message) => this.#connection && publish(this.#connection, message, () => {}),
      failed: () => {
        this.#complain('an own message did not come back through the broker: orders may not reach this agent')
        this.#subscribeAll()
      },
      returned: () => {
        this.#gate.clear()
        log.info({}, 'an own message came back through the broker: orders reach this agent')
      },
    })
    this.subscribe(this.#echo.topic, ({ payload }) => this.#echo.received(payload))
  }

  get proven(): boolean {
    return this.#echo.proven
  }

  /** Subscriptions and messages that the broker has refused since the start. */
  get refused(): number {
    return this.#refused
  }

  subscribe(filter: string, take: (message: IncomingMessage) => void): void {
    this.#takers.set(filter, take)
    if (this.#connection) this.#request(this.#connection, [filter])
  }

  unsubscribe(filter: string): void {
    this.#takers.delete(filter)
    this.#connection?.client.unsubscribe(filter, () => {})
  }

  announce(message: BrokerMessage): void {
    this.#announced.set(message.topic, message)
    if (this.#connection) void this.#enqueue(message)
  }

  /** Publishes again all that was announced. */
  announceAll(): void {
    if (this.#connection) for (const message of this.#announced.values()) void this.#enqueue(message)
  }

  send(message: BrokerMessage): Promise<boolean> {
    if (!this.#connection || this.#waiting.length >= MAXIMUM_WAITING) return Promise.resolve(false)
    return this.#enqueue(message)
  }

  /** The link calls this for every accepted connection. Sessions are clean, so the broker knows of no subscription. */
  connected(connection: BrokerConnection): void {
    this.#connection = connection
    connection.client.on('message', (topic, payload, { retain }) =>
      this.#received({ topic, payload, retained: retain }),
    )
    this.#subscribeAll()
    for (const message of this.#announced.values()) void this.#enqueue(message)
    this.#echo.start()
    // A node of a cluster may for some seconds hand out what was retained before; orders must not be missed for that.
    this.#againTimes.reset()
    this.#subscribeLater()
  }

  /** The link calls this when that connection has ended. */
  lost(): void {
    clearTimeout(this.#again)
    this.#again = undefined
    this.#connection = undefined
    this.#echo.stop()
    const waiting = this.#waiting
    this.#waiting = []
    this.#inFlight = 0
    for (const { done } of waiting) done(false)
  }

  #subscribeAll(): void {
    if (this.#connection) this.#request(this.#connection, [...this.#takers.keys()])
  }

  #subscribeLater(): void {
    this.#again ??= setTimeout(() => {
      this.#again = undefined
      this.#subscribeAll()
    }, this.#againTimes.next()).unref()
  }

  #request({ client }: BrokerConnection, filters: string[]): void {
    client.subscribe(filters, { qos: 1 }, (error, granted) => {
      if (!client.connected) return
      const refused = (granted ?? []).filter(({ qos }) => qos > 2).map(({ topic }) => topic)
      if (error || refused.length > 0) {
        this.#refused += Math.max(1, refused.length)
        const why = error ? messageOf(error) : refused.join(', ')
        this.#complain(`the broker refuses a subscription: ${why}; check its access list`)
        // A node of a cluster refuses while it has no leader; what an access list refuses may be mended.
        this.#subscribeLater()
      }
    })
  }

  #received(message: IncomingMessage): void {
    for (const [filter, take] of this.#takers) {
      if (!matchesFilter(filter, message.topic)) continue
      try {
        take(message)
      } catch (error) {
        // No message may end the agent: a retained one would come again after every start.
        this.#log.error({ err: error, topic: message.topic }, 'a message could not be handled')
      }
    }
  }

  #complain(problem: string): void {
    if (this.#gate.allows(problem, performance.now())) this.#log.warn({}, problem)
  }

  #enqueue(message: BrokerMessage): Promise<boolean> {
    return new Promise((done) => {
      this.#waiting.push({ message, done })
      this.#pump()
    })
  }

  #pump(): void {
    const connection = this.#connection
    while (connection && this.#inFlight < MAILBOX_WINDOW) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#inFlight++
      publish(connection, next.message, (error) => {
        next.done(error === undefined)
        if (connection !== this.#connection) return
        this.#inFlight--
        if (error) this.#refused++
        if (error) this.#log.warn({}, `the broker refuses ${next.message.topic}: ${messageOf(error)}`)
        this.#pump()
      })
    }
  }
}
