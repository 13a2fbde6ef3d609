import { Fifo } from './fifo.js'
import {
  ALERT_CLASSES,
  type AlertClass,
  LANES,
  type Lane,
  type Outbox,
  type OutboxEntry,
  type OutboxStatistics,
} from './outbox.js'

/** Room for entries, waiting and in flight (the section `outbox` of agent/config.schema.json). */
export interface OutboxLimits {
  maximumMessages: number
  /** Payload bytes. */
  maximumBytes: number
}

interface Item {
  entry: OutboxEntry
  lane: Lane
  /** Place in the order of arrival. */
  number: number
}

/**
 * Outbox in memory: lost when the process ends.
 * When full, the oldest waiting reviews go, then the oldest escalations; entries in flight stay, because the broker
 * may have them already. An entry that finds no room even so is itself dropped. Every drop is counted.
 */
export class MemoryOutbox implements Outbox {
  readonly #limits: OutboxLimits
  readonly #inFlight = new Map<OutboxEntry, Item>()
  readonly #waiting: Record<AlertClass, Record<Lane, Fifo<Item>>> = {
    escalation: { backlog: new Fifo(), live: new Fifo() },
    review: { backlog: new Fifo(), live: new Fifo() },
  }
  readonly #dropped: Record<AlertClass, number> = { escalation: 0, review: 0 }
  #pushed = 0
  #length = 0
  #bytes = 0

  constructor(limits: OutboxLimits) {
    this.#limits = limits
  }

  get length(): number {
    return this.#length
  }

  statistics(): OutboxStatistics {
    return {
      storage: 'memory',
      length: this.#length,
      bytes: this.#bytes,
      oldestSeconds: this.#oldestSeconds(),
      dropped: { ...this.#dropped },
      recovered: 0,
      damaged: 0,
      fellBack: 0,
    }
  }

  push(entry: OutboxEntry): void {
    this.#waiting[entry.class].live.push({ entry, lane: 'live', number: this.#pushed++ })
    this.#length++
    this.#bytes += entry.payload.length
    while (this.#length > this.#limits.maximumMessages || this.#bytes > this.#limits.maximumBytes) {
      if (!this.#dropOldest()) return
    }
  }

  take(lane: Lane): OutboxEntry | undefined {
    for (const name of ALERT_CLASSES) {
      const item = this.#waiting[name][lane].shift()
      if (item === undefined) continue
      this.#inFlight.set(item.entry, item)
      return item.entry
    }
    return undefined
  }

  acknowledge(entry: OutboxEntry): void {
    if (this.#inFlight.delete(entry)) this.#forget(entry)
  }

  putBack(entry: OutboxEntry): void {
    const item = this.#inFlight.get(entry)
    if (item === undefined) return
    this.#inFlight.delete(entry)
    this.#waiting[entry.class][item.lane].unshift(item)
  }

  restart(): void {
    const inFlight = [...this.#inFlight.values()]
    this.#inFlight.clear()
    for (const name of ALERT_CLASSES) {
      const { backlog, live } = this.#waiting[name]
      const returned = inFlight.filter(({ entry }) => entry.class === name)
      const items = [...returned, ...backlog.drain(), ...live.drain()].sort((a, b) => a.number - b.number)
      for (const item of items) {
        item.lane = 'backlog'
        backlog.push(item)
      }
    }
  }

  /** Whatever is pushed can be taken at once: there is nothing to tell. */
  onChange(): void {}

  async close(): Promise<void> {}

  #dropOldest(): boolean {
    for (const name of [...ALERT_CLASSES].reverse()) {
      for (const lane of LANES) {
        const item = this.#waiting[name][lane].shift()
        if (item === undefined) continue
        this.#forget(item.entry)
        this.#dropped[name]++
        return true
      }
    }
    return false
  }

  #forget(entry: OutboxEntry): void {
    this.#length--
    this.#bytes -= entry.payload.length
  }

  #oldestSeconds(): number | undefined {
    if (this.#length === 0) return undefined
    const waiting = ALERT_CLASSES.flatMap((name) =>
      LANES.map((lane) => this.#waiting[name][lane].first?.entry),
    )
    const times = [...waiting, ...this.#inFlight.keys()].flatMap((entry) => entry?.queuedAtMilliseconds ?? [])
    return Math.max(0, Date.now() - Math.min(...times)) / 1000
  }
}
