import { randomUUID } from 'node:crypto'
import { type BrokerConnection, type BrokerMessage, publish } from '../../core/broker/connection.js'
import type { BrokerOptions } from '../../core/broker/options.js'
import { BrokerSession } from '../../core/broker/session.js'
import { messageOf } from '../../core/errors.js'
import type { Log } from '../../core/log.js'
import { encodeAnomalyReport, SCHEMA_VERSION } from '../../core/messages.js'
import { nodeTopic } from '../../core/topics.js'
import type { ReportBody } from '../report-body.js'
import { MAILBOX_WINDOW } from './mqtt-mailbox.js'
import { MemoryOutbox, type Outbox, type OutboxEntry, type OutboxLimits } from './outbox.js'
import { type AgentFacts, type AgentIdentity, nowMicroseconds, Presence } from './presence.js'

/** Counts since the start. `published` = `acknowledged` + `dropped` + `queued`. */
export interface LinkStatistics {
  connected: boolean
  reconnects: number
  /** Alerts handed to the link. */
  published: number
  /** Alerts that the broker has acknowledged. */
  acknowledged: number
  /** Alerts lost: no room in the outbox, or refused by encoder or broker for their content. */
  dropped: number
  /** Alerts waiting or in flight. */
  queued: number
}

/** The agent's way to the broker. */
export interface Link {
  /**
   * @param options.failFast throws when the first connection fails, instead of trying until stopped
   * @throws FirsteightError BROKER_* with failFast
   */
  start(options?: { failFast?: boolean }): Promise<void>
  /**
   * Numbers, encodes and queues an alert. Never throws.
   * @returns the event id, as later given to `acknowledged`
   */
  publishAnomaly(body: ReportBody): string
  /** Waits until the broker has acknowledged every queued alert, or the time is over. */
  drain(timeoutMilliseconds: number): Promise<{ remaining: number }>
  /** Publishes the status STOPPED, waits for its acknowledgement for at most five seconds, and disconnects. */
  stop(): Promise<void>
  readonly statistics: LinkStatistics
}

export interface LinkDependencies {
  options: BrokerOptions
  identity: AgentIdentity
  facts: AgentFacts
  log: Log
  outboxLimits: OutboxLimits
  /** The broker has acknowledged the alert with this event id. */
  acknowledged?: (eventId: string) => void
  /** Shares the connection. */
  mailbox?: { connected(connection: BrokerConnection): void; lost(): void }
}

/** Alerts in flight at once. mqtt numbers them with 16 bits and loses messages when far more wait. */
const WINDOW = 16
const ALERT_EXPIRY_SECONDS = 7 * 24 * 3600
const STOP_MILLISECONDS = 5000
const REFUSED_PAUSE_MILLISECONDS = 5000
/** MQTT 5 PUBACK reasons that speak of the message itself: topic name, packet size, payload format. */
const UNACCEPTABLE = new Set([144, 149, 153])

export class MqttLink implements Link {
  readonly #dependencies: LinkDependencies
  readonly #session: BrokerSession
  readonly #presence: Presence
  readonly #outbox: Outbox
  readonly #topic: string
  #window = WINDOW
  #inFlight = 0
  #pausedUntil = 0
  #sequence = 0
  #acknowledged = 0
  #unpublishable = 0
  #drained: (() => void) | undefined

  /** @throws FirsteightError TOPIC_INVALID for a bad site or node name */
  constructor(dependencies: LinkDependencies) {
    this.#dependencies = dependencies
    const { identity, facts, options, log } = dependencies
    this.#topic = nodeTopic(identity, 'anomaly')
    this.#outbox = new MemoryOutbox(dependencies.outboxLimits)
    this.#presence = new Presence(identity, facts, () => ({
      sequence: this.#sequence,
      outboxDropped: this.#outbox.dropped,
    }))
    this.#session = new BrokerSession({
      options,
      log,
      will: () => this.#presence.will(),
      connected: (connection) => this.#connected(connection),
      lost: () => this.#lost(),
    })
  }

  get statistics(): LinkStatistics {
    return {
      connected: this.#session.connection !== undefined,
      reconnects: this.#session.reconnects,
      published: this.#sequence,
      acknowledged: this.#acknowledged,
      dropped: this.#outbox.dropped + this.#unpublishable,
      queued: this.#outbox.length,
    }
  }

  start({ failFast = false } = {}): Promise<void> {
    return this.#session.start({ failFast })
  }

  publishAnomaly(body: ReportBody): string {
    const eventId = randomUUID()
    const { site, node, bootId } = this.#dependencies.identity
    this.#sequence++
    try {
      const payload = encodeAnomalyReport({
        header: {
          schemaVersion: SCHEMA_VERSION,
          site,
          node,
          bootId,
          sequence: this.#sequence,
          publishedAtMicroseconds: nowMicroseconds(),
        },
        eventId,
        ...body,
      })
      this.#outbox.push({ eventId, payload })
      this.#pump()
    } catch (error) {
      this.#unpublishable++
      this.#dependencies.log.warn({ eventId }, `alert dropped: ${messageOf(error)}`)
    }
    return eventId
  }

  async drain(timeoutMilliseconds: number): Promise<{ remaining: number }> {
    if (this.#outbox.length > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMilliseconds)
        this.#drained = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#drained = undefined
    }
    return { remaining: this.#outbox.length }
  }

  async stop(): Promise<void> {
    const { connection } = this.#session
    if (connection) await this.#publishStopped(connection)
    await this.#session.stop()
  }

  #connected(connection: BrokerConnection): void {
    this.#window = Math.max(1, Math.min(WINDOW, connection.receiveMaximum - MAILBOX_WINDOW - 1))
    this.#pausedUntil = 0
    publish(connection, this.#presence.birth(), (error) => {
      if (error && connection === this.#session.connection) this.#refused('status', error)
    })
    this.#dependencies.mailbox?.connected(connection)
    this.#pump()
  }

  #lost(): void {
    this.#dependencies.mailbox?.lost()
    this.#inFlight = 0
    this.#outbox.putAllBack()
  }

  /** Keeps the window full. */
  #pump(): void {
    const { connection } = this.#session
    if (!connection || performance.now() < this.#pausedUntil) return
    while (this.#inFlight < this.#window) {
      const entry = this.#outbox.take()
      if (!entry) return
      this.#inFlight++
      publish(connection, this.#message(entry), (error) => {
        // Answers of an earlier connection come too late: its entries wait again already.
        if (connection === this.#session.connection) this.#settled(entry, error)
      })
    }
  }

  #message({ payload }: OutboxEntry): BrokerMessage {
    return {
      topic: this.#topic,
      payload,
      retain: false,
      expirySeconds: ALERT_EXPIRY_SECONDS,
      schema: 'firsteight.v1.AnomalyReport',
    }
  }

  #settled(entry: OutboxEntry, error: Error | undefined): void {
    this.#inFlight--
    if (error && !UNACCEPTABLE.has(Number((error as { code?: unknown }).code))) {
      this.#outbox.putBack(entry)
      this.#refused('alert', error)
      return
    }
    this.#outbox.acknowledge(entry)
    if (error) {
      this.#unpublishable++
      this.#dependencies.log.warn({ eventId: entry.eventId }, `alert dropped by the broker: ${error.message}`)
    } else {
      this.#acknowledged++
      this.#dependencies.acknowledged?.(entry.eventId)
    }
    if (this.#outbox.length === 0) this.#drained?.()
    this.#pump()
  }

  /** The broker takes no messages on this topic now (access list, quota): pause, then offer them again. */
  #refused(what: string, error: Error): void {
    if (performance.now() < this.#pausedUntil) return
    this.#pausedUntil = performance.now() + REFUSED_PAUSE_MILLISECONDS
    const { options, log } = this.#dependencies
    log.warn(
      { broker: options.address },
      `the broker refuses the ${what}: ${error.message}; trying again in ${REFUSED_PAUSE_MILLISECONDS / 1000} s`,
    )
    setTimeout(() => this.#pump(), REFUSED_PAUSE_MILLISECONDS).unref()
  }

  #publishStopped(connection: BrokerConnection): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, STOP_MILLISECONDS)
      const done = () => {
        clearTimeout(timer)
        resolve()
      }
      publish(connection, this.#presence.stopped(), done)
      connection.closed.then(done)
    })
  }
}
