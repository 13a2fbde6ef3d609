import { randomUUID } from 'node:crypto'
import { type BrokerConnection, type BrokerMessage, publish } from '../../core/broker/connection.js'
import type { BrokerOptions } from '../../core/broker/options.js'
import { BrokerSession } from '../../core/broker/session.js'
import { messageOf } from '../../core/errors.js'
import type { Log } from '../../core/log.js'
import { encodeAnomalyReport, SCHEMA_VERSION } from '../../core/messages.js'
import { nodeTopic } from '../../core/topics.js'
import { firsteight } from '../../generated/messages.js'
import type { ReportBody } from '../report-body.js'
import type { Link, LinkStatistics } from './link.js'
import { MAILBOX_WINDOW } from './mqtt-mailbox.js'
import type { AlertClass, Lane, Outbox, OutboxEntry, OutboxStatistics } from './outbox.js'
import { Pace } from './pace.js'
import { type AgentFacts, type AgentIdentity, nowMicroseconds, Presence } from './presence.js'

export interface LinkDependencies {
  options: BrokerOptions
  identity: AgentIdentity
  facts: AgentFacts
  log: Log
  /** Where alerts wait; stays open when the link stops. */
  outbox: Outbox
  /** Alerts from before the present connection are sent no faster. */
  backlogPerSecond: number
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
  readonly #backlogPace: Pace
  #window = WINDOW
  #inFlight: Record<Lane, number> = { backlog: 0, live: 0 }
  #lastLane: Lane = 'live'
  #paceTimer: NodeJS.Timeout | undefined
  #toldStorage: string | undefined
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
    this.#outbox = dependencies.outbox
    this.#outbox.onChange(() => this.#outboxChanged())
    this.#backlogPace = new Pace(dependencies.backlogPerSecond)
    this.#presence = new Presence(identity, facts, () => {
      const outbox = this.#outbox.statistics()
      return { sequence: this.#sequence, outboxDropped: droppedBy(outbox), outboxStorage: outbox.storage }
    })
    this.#session = new BrokerSession({
      options,
      log,
      will: () => this.#presence.will(),
      connected: (connection) => this.#connected(connection),
      lost: () => this.#lost(),
    })
  }

  get statistics(): LinkStatistics {
    const outbox = this.#outbox.statistics()
    return {
      connected: this.#session.connection !== undefined,
      reconnects: this.#session.reconnects,
      published: this.#sequence,
      acknowledged: this.#acknowledged,
      dropped: droppedBy(outbox) + this.#unpublishable,
      unpublishable: this.#unpublishable,
      queued: outbox.length,
      outbox,
    }
  }

  start({ failFast = false } = {}): Promise<void> {
    return this.#session.start({ failFast })
  }

  publishAnomaly(body: ReportBody, eventId = randomUUID()): string {
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
      this.#outbox.push({ eventId, payload, class: classOf(body), queuedAtMilliseconds: Date.now() })
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

  announceStatus(): void {
    const { connection } = this.#session
    if (connection) this.#announce(connection)
  }

  #connected(connection: BrokerConnection): void {
    this.#window = Math.max(1, Math.min(WINDOW, connection.receiveMaximum - MAILBOX_WINDOW - 1))
    this.#pausedUntil = 0
    this.#inFlight = { backlog: 0, live: 0 }
    this.#outbox.restart()
    this.#announce(connection)
    this.#dependencies.mailbox?.connected(connection)
    this.#pump()
  }

  #lost(): void {
    clearTimeout(this.#paceTimer)
    this.#paceTimer = undefined
    this.#dependencies.mailbox?.lost()
  }

  #announce(connection: BrokerConnection): void {
    this.#toldStorage = this.#outbox.statistics().storage
    publish(connection, this.#presence.birth(), (error) => {
      if (error && connection === this.#session.connection) this.#refused('status', error)
    })
  }

  #outboxChanged(): void {
    const { connection } = this.#session
    if (!connection) return
    if (this.#outbox.statistics().storage !== this.#toldStorage) this.#announce(connection)
    this.#pump()
  }

  /** Keeps the window full. */
  #pump(): void {
    const { connection } = this.#session
    if (!connection || performance.now() < this.#pausedUntil) return
    while (this.#inFlight.live + this.#inFlight.backlog < this.#window) {
      const next = this.#next()
      if (!next) return
      const { entry, lane } = next
      this.#lastLane = lane
      this.#inFlight[lane]++
      publish(connection, this.#message(entry), (error) => {
        // Answers of an earlier connection come too late: its entries wait again already.
        if (connection === this.#session.connection) this.#settled(entry, lane, error)
      })
    }
  }

  /**
   * Live alerts and backlog take turns. The backlog has half of the window at most and goes out at its pace, so that
   * a live alert finds a place at once, however much waits.
   */
  #next(): { entry: OutboxEntry; lane: Lane } | undefined {
    const lanes: Lane[] = this.#lastLane === 'live' ? ['backlog', 'live'] : ['live', 'backlog']
    for (const lane of lanes) {
      if (lane === 'backlog' && !this.#backlogMayGo()) continue
      const entry = this.#outbox.take(lane)
      if (!entry) continue
      if (lane === 'backlog') this.#backlogPace.spend(performance.now())
      return { entry, lane }
    }
    return undefined
  }

  #backlogMayGo(): boolean {
    if (this.#inFlight.backlog >= Math.max(1, this.#window / 2)) return false
    const wait = this.#backlogPace.wait(performance.now())
    if (wait > 0 && this.#paceTimer === undefined) {
      this.#paceTimer = setTimeout(() => {
        this.#paceTimer = undefined
        this.#pump()
      }, wait)
      this.#paceTimer.unref()
    }
    return wait === 0
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

  #settled(entry: OutboxEntry, lane: Lane, error: Error | undefined): void {
    this.#inFlight[lane]--
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

/** A summary of alerts that were held back counts as urgent as the most urgent of them. */
function classOf(body: ReportBody): AlertClass {
  const escalates =
    'anomaly' in body
      ? body.anomaly.route === firsteight.v1.Route.ESCALATE
      : Number(body.suppressed.escalations ?? 0) > 0
  return escalates ? 'escalation' : 'review'
}

function droppedBy({ dropped }: OutboxStatistics): number {
  return dropped.escalation + dropped.review
}
