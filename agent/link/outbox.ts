/**
 * What waits between the agent and the broker: in memory (memory-outbox.ts) or on disk (spool/spool.ts). The link
 * takes entries, a few at a time, and acknowledges each once the broker has.
 *
 * Entries wait in two lanes: what was queued before the present connection is the backlog, what came since is live.
 * In each lane escalations come before reviews, and the oldest of a class first.
 */

export const ALERT_CLASSES = ['escalation', 'review'] as const
/** What tells entries apart when room is short: reviews are dropped before escalations. */
export type AlertClass = (typeof ALERT_CLASSES)[number]

export const LANES = ['backlog', 'live'] as const
export type Lane = (typeof LANES)[number]

/** An encoded alert. */
export interface OutboxEntry {
  readonly eventId: string
  readonly class: AlertClass
  /** Wall clock, milliseconds since 1970. */
  readonly queuedAtMilliseconds: number
  readonly payload: Uint8Array
}

export interface OutboxStatistics {
  /** Where a new entry goes: `fallback` is memory because the disk takes none now. */
  storage: 'memory' | 'disk' | 'fallback'
  /** Entries waiting or in flight. */
  length: number
  /** Bytes they take, on disk in whole files and blocks. */
  bytes: number
  /** Age of the oldest; undefined when there is none. */
  oldestSeconds: number | undefined
  /** Entries given up since the start: no room, too old, or unreadable. */
  dropped: Record<AlertClass, number>
  /** Entries found on disk at the start. */
  recovered: number
  /** Places in the files whose bytes were no entry, passed over. */
  damaged: number
  /** Entries that went to memory because the disk took none. */
  fellBack: number
}

/** `pushed + recovered = acknowledged + dropped + length`, at any time. */
export interface Outbox {
  /** Entries waiting or in flight. */
  readonly length: number
  statistics(): OutboxStatistics
  /** Adds an entry; makes room by dropping the oldest waiting ones, reviews first. Never throws. */
  push(entry: OutboxEntry): void
  /** The lane's next entry, which is in flight from now on; undefined when none can be offered now. */
  take(lane: Lane): OutboxEntry | undefined
  /** The broker has it: an entry in flight is removed for good. */
  acknowledge(entry: OutboxEntry): void
  /** One in-flight entry waits again, where it was. */
  putBack(entry: OutboxEntry): void
  /** A new connection: what was in flight waits again, and all that waits is the backlog, in the old order. */
  restart(): void
  /** Calls this, from now on, when entries can be taken that could not before, or `storage` has changed. */
  onChange(listener: () => void): void
  /** Leaves everything in its place for the next start. Nothing is taken or pushed afterwards. Never throws. */
  close(): Promise<void>
}
