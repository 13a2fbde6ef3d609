import { FirsteightError, messageOf } from '../errors.js'
import type { Log } from '../log.js'
import { invalidField } from '../message-checks.js'
import {
  type AnomalyReport,
  decodeAnomalyReport,
  decodeStatus,
  type Header,
  type Status,
} from '../messages.js'
import { CHANNELS, channelFilter, type ParsedTopic, parseTopic } from '../topics.js'
import type { BrokerConnection } from './connection.js'
import type { BrokerOptions } from './options.js'
import { Recent } from './recent.js'
import { BrokerSession } from './session.js'

/** What arrived: checked messages, or why a payload is not one. */
export type Delivery =
  | { kind: 'anomaly'; topic: string; report: AnomalyReport }
  | { kind: 'status'; topic: string; status: Status }
  | { kind: 'invalid'; topic: string; error: FirsteightError }

export interface SubscriberDependencies {
  options: BrokerOptions
  log: Log
  /** Default: every site and node. */
  only?: { site?: string; node?: string }
  deliver(delivery: Delivery): void
}

/** Alerts and nodes remembered, to tell repeats: what is older is delivered again. */
const REMEMBERED_ALERTS = 50_000
const REMEMBERED_NODES = 10_000

/**
 * Receives the alerts and statuses of agents. Alerts that a broker or agent repeats (same event id),
 * and statuses that say nothing new (retained ones after a reconnect), are counted and not delivered.
 */
export class Subscriber {
  readonly #dependencies: SubscriberDependencies
  readonly #session: BrokerSession
  readonly #filters: string[]
  readonly #alerts = new Recent(REMEMBERED_ALERTS)
  readonly #states = new Recent(REMEMBERED_NODES)
  #subscribed: Promise<void> | undefined
  #repeats = 0

  /** @throws FirsteightError TOPIC_INVALID for a bad site or node name */
  constructor(dependencies: SubscriberDependencies) {
    this.#dependencies = dependencies
    const { options, log, only } = dependencies
    this.#filters = CHANNELS.map((channel) => channelFilter(channel, only))
    this.#session = new BrokerSession({
      options,
      log,
      connected: (connection) => this.#connected(connection),
      lost: () => {},
    })
  }

  /** Messages received more than once. */
  get repeats(): number {
    return this.#repeats
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
    connection.client.on('message', (topic, payload) => this.#received(topic, payload))
    const isFirst = this.#subscribed === undefined
    this.#subscribed = this.#subscribe(connection)
    if (isFirst) return
    this.#subscribed.catch((error) => {
      this.#dependencies.log.warn({ filters: this.#filters }, messageOf(error))
      connection.client.stream.destroy()
    })
  }

  async #subscribe({ client, closed }: BrokerConnection): Promise<void> {
    try {
      const granted = await client.subscribeAsync(this.#filters, { qos: 1 })
      if (granted.every(({ qos }) => qos <= 2)) return
    } catch {
      if (!client.connected) throw await closed
    }
    const { address } = this.#dependencies.options
    throw new FirsteightError('BROKER_REFUSED', `broker ${address}: it refused the subscription`, {
      hint: 'Check that the access list of the broker lets this user read firsteight/v1/#.',
    })
  }

  #received(topic: string, payload: Buffer): void {
    const delivery = decodeDelivery(topic, payload)
    if (this.#isNews(delivery)) this.#dependencies.deliver(delivery)
    else this.#repeats++
  }

  #isNews(delivery: Delivery): boolean {
    if (delivery.kind === 'anomaly') return this.#alerts.isNews(delivery.report.eventId)
    if (delivery.kind === 'invalid') return true
    const { header, state } = delivery.status
    return this.#states.isNews(`${header.site}/${header.node}`, `${header.bootId} ${state}`)
  }
}

/** Never throws, whatever the topic and the payload. */
export function decodeDelivery(topic: string, payload: Uint8Array): Delivery {
  try {
    const parsed = parseTopic(topic)
    if (!parsed) throw invalidField('topic', 'firsteight/v1/<site>/<node>/<channel>', 'another')
    if (parsed.channel === 'anomaly') {
      const report = decodeAnomalyReport(payload)
      checkSpeaker(parsed, report.header)
      return { kind: 'anomaly', topic, report }
    }
    const status = decodeStatus(payload)
    checkSpeaker(parsed, status.header)
    return { kind: 'status', topic, status }
  } catch (error) {
    if (!(error instanceof FirsteightError)) throw error
    return { kind: 'invalid', topic, error }
  }
}

/** The broker's access list guards the topic, so the header must not claim another name. */
function checkSpeaker(topic: ParsedTopic, header: Header): void {
  for (const field of ['site', 'node'] as const) {
    if (header[field] !== topic[field]) {
      throw invalidField(`header.${field}`, `the topic's "${topic[field]}"`, `"${header[field]}"`)
    }
  }
}
