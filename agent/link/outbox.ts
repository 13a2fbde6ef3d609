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

/** Room for entries, waiting and in flight (the section `outbox` of agent/config.schema.json). */
export interface OutboxLimits {
  maximumMessages: number
  /** Payload bytes. */
  maximumBytes: number
}

/**
 * Outbox in memory: lost when the process ends.
 * When full, the oldest waiting entries go; those in flight stay, because the broker may have them already.
 * An entry that finds no room even so is itself dropped. Every drop is counted.
 */
export class MemoryOutbox implements Outbox {
  readonly #limits: OutboxLimits
  readonly #inFlight = new Set<OutboxEntry>()
  /** Waiting entries from `#head` on: shifting a long array would move all of it. */
  #waiting: OutboxEntry[] = []
  #head = 0
  #bytes = 0
  #dropped = 0

  constructor(limits: OutboxLimits) {
    this.#limits = limits
  }

  get length(): number {
    return this.#waiting.length - this.#head + this.#inFlight.size
  }

  get dropped(): number {
    return this.#dropped
  }

  push(entry: OutboxEntry): void {
    this.#waiting.push(entry)
    this.#bytes += entry.payload.length
    while (this.length > this.#limits.maximumMessages || this.#bytes > this.#limits.maximumBytes) {
      const oldest = this.#shift()
      if (oldest === undefined) return
      this.#bytes -= oldest.payload.length
      this.#dropped++
    }
  }

  take(): OutboxEntry | undefined {
    const entry = this.#shift()
    if (entry) this.#inFlight.add(entry)
    return entry
  }

  acknowledge(entry: OutboxEntry): void {
    if (this.#inFlight.delete(entry)) this.#bytes -= entry.payload.length
  }

  putBack(entry: OutboxEntry): void {
    if (!this.#inFlight.delete(entry)) return
    if (this.#head > 0) this.#waiting[--this.#head] = entry
    else this.#waiting.unshift(entry)
  }

  putAllBack(): void {
    this.#waiting = [...this.#inFlight, ...this.#waiting.slice(this.#head)]
    this.#head = 0
    this.#inFlight.clear()
  }

  #shift(): OutboxEntry | undefined {
    const entry = this.#waiting[this.#head]
    if (entry === undefined) return undefined
    this.#head++
    if (2 * this.#head >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head)
      this.#head = 0
    }
    return entry
  }
}
