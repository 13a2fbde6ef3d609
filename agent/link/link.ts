import type { ReportBody } from '../report-body.js'
import type { OutboxStatistics } from './outbox.js'

/** Counts since the start. `published` + `outbox.recovered` = `acknowledged` + `dropped` + `queued`. */
export interface LinkStatistics {
  connected: boolean
  reconnects: number
  /** Alerts handed to the link. */
  published: number
  /** Alerts that the broker has acknowledged. */
  acknowledged: number
  /** Alerts lost: no room in the outbox, or refused by encoder or broker for their content. */
  dropped: number
  /** Those of the dropped ones that encoder or broker refused. */
  unpublishable: number
  /** Alerts waiting or in flight. */
  queued: number
  outbox: OutboxStatistics
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
   * @param eventId a UUID; default: a new one
   * @returns the event id, as later given to `acknowledged`
   */
  publishAnomaly(body: ReportBody, eventId?: string): string
  /** Publishes the status again, because a fact in it has changed. Every later connection tells it anyway. */
  announceStatus(): void
  /** Waits until the broker has acknowledged every queued alert, or the time is over. */
  drain(timeoutMilliseconds: number): Promise<{ remaining: number }>
  /** Publishes the status STOPPED, waits for its acknowledgement for at most five seconds, and disconnects. */
  stop(): Promise<void>
  readonly statistics: LinkStatistics
}
