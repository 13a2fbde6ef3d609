/**
 * What waits between the agent and the broker. The link takes entries in order, a few at a time,
 * and acknowledges each once the broker has.
 */

/** An encoded alert. */
export interface OutboxEntry {
  readonly eventId: string
  readonly payload: Uint8Array
}

export interface Outbox {
  /** Entries waiting or in flight. */
  readonly length: number
  /** Entries dropped because there was no room, since the start. */
  readonly dropped: number
  /** Adds an entry; makes room by dropping the oldest waiting ones. */
  push(entry: OutboxEntry): void
  /** The oldest waiting entry, which is in flight from now on; undefined when none waits. */
  take(): OutboxEntry | undefined
  /** The broker has it: an entry in flight is removed for good. */
  acknowledge(entry: OutboxEntry): void
  /** One in-flight entry waits again, before all others. */
  putBack(entry: OutboxEntry): void
  /** The connection is lost: everything in flight waits again, in the old order. */
  putAllBack(): void
}

export interface OutboxLimits {
  /** Most entries, waiting and in flight. */
  entries: number
  /** Most payload bytes, waiting and in flight. */
  bytes: number
}

/** Room for 10,000 alerts: a site's busy day without a broker. */
export const DEFAULT_OUTBOX_LIMITS: OutboxLimits = { entries: 10_000, bytes: 16 * 1024 * 1024 }

/**
 * Outbox in memory: lost when the process ends.
 * When full, the oldest waiting entries go; those in flight stay, because the broker may have them already.
 * An entry that finds no room even so is itself dropped. Every drop is counted.
 */
export class MemoryOutbox implements Outbox {
  readonly #limits: OutboxLimits
  readonly #inFlight = new Set<OutboxEntry>()
  #waiting: OutboxEntry[] = []
  #bytes = 0
  #dropped = 0

  constructor(limits: OutboxLimits) {
    this.#limits = limits
  }

  get length(): number {
    return this.#waiting.length + this.#inFlight.size
  }

  get dropped(): number {
    return this.#dropped
  }

  push(entry: OutboxEntry): void {
    this.#waiting.push(entry)
    this.#bytes += entry.payload.length
    while (this.length > this.#limits.entries || this.#bytes > this.#limits.bytes) {
      const oldest = this.#waiting.shift()
      if (oldest === undefined) return
      this.#bytes -= oldest.payload.length
      this.#dropped++
    }
  }

  take(): OutboxEntry | undefined {
    const entry = this.#waiting.shift()
    if (entry) this.#inFlight.add(entry)
    return entry
  }

  acknowledge(entry: OutboxEntry): void {
    if (this.#inFlight.delete(entry)) this.#bytes -= entry.payload.length
  }

  putBack(entry: OutboxEntry): void {
    if (this.#inFlight.delete(entry)) this.#waiting.unshift(entry)
  }

  putAllBack(): void {
    this.#waiting = [...this.#inFlight, ...this.#waiting]
    this.#inFlight.clear()
  }
}
