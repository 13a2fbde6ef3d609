import { FirsteightError } from '../errors.js'
import type { Log } from '../log.js'
import { invalidField } from '../message-checks.js'
import {
  type AnomalyReport,
  checkSpeaker,
  decodeAnomalyReport,
  decodeStatus,
  type Status,
} from '../messages.js'
import { CHANNELS, channelFilter, parseTopic } from '../topics.js'
import { Listener } from './listener.js'
import type { BrokerOptions } from './options.js'
import { Recent } from './recent.js'

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
  readonly #listener: Listener
  readonly #alerts = new Recent(REMEMBERED_ALERTS)
  readonly #states = new Recent(REMEMBERED_NODES)
  #repeats = 0

  /** @throws FirsteightError TOPIC_INVALID for a bad site or node name */
  constructor(dependencies: SubscriberDependencies) {
    this.#dependencies = dependencies
    const { options, log, only } = dependencies
    this.#listener = new Listener({
      options,
      log,
      filters: CHANNELS.map((channel) => channelFilter(channel, only)),
      take: ({ topic, payload }) => this.#received(topic, payload),
    })
  }

  /** Messages received more than once. */
  get repeats(): number {
    return this.#repeats
  }

  /** Connections after the first. */
  get reconnects(): number {
    return this.#listener.reconnects
  }

  /** @throws FirsteightError BROKER_* when the first connection or subscription fails; later ones are tried again */
  start(): Promise<void> {
    return this.#listener.start()
  }

  stop(): Promise<void> {
    return this.#listener.stop()
  }

  #received(topic: string, payload: Uint8Array): void {
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
