import { accessSync, constants, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { RepeatGate } from '../../../core/broker/repeat-gate.js'
import { messageOf } from '../../../core/errors.js'
import type { Log } from '../../../core/log.js'
import { MemoryOutbox, type OutboxLimits } from '../memory-outbox.js'
import {
  ALERT_CLASSES,
  type AlertClass,
  type Lane,
  type Outbox,
  type OutboxEntry,
  type OutboxStatistics,
} from '../outbox.js'
import { Journal } from './journal.js'
import { HEAD_BYTES, MAXIMUM_RECORD_BYTES } from './record.js'
import { DONE_SUFFIX, readingRoom, SEGMENT_SUFFIX } from './segment-format.js'
import { type SyncPolicy, WriteThrough } from './write-through.js'

export interface SpoolOptions {
  folder: string
  /** What all files may take on disk; at least 1 MiB. */
  maximumBytes: number
  /** Older alerts are given up. */
  maximumAgeMilliseconds: number
  sync: SyncPolicy
  /** Room in memory while the disk takes nothing. */
  memory: OutboxLimits
  log: Log
}

/** Between attempts to return to the disk, and between looks at the age of what waits. */
const TICK_MILLISECONDS = 5000
const SEGMENT_BYTES = { minimum: 32 * 1024, maximum: 1024 * 1024 }
/** Of the whole room, so that giving up the oldest segment gives up little. */
const SEGMENT_SHARE = 32
/** What a new record may add beside its own bytes: a block for each of two files, and a header. */
const OVERHEAD_BYTES = 2 * 4096 + HEAD_BYTES
const FILE_NAME = new RegExp(`^(${ALERT_CLASSES.join('|')})-(\\d{10})(\\${SEGMENT_SUFFIX}|\\${DONE_SUFFIX})$`)

/**
 * Outbox on disk: what was pushed outlives the process, and leaves when the broker has acknowledged it.
 * When full, the oldest segment of reviews is given up, then of escalations. While the disk takes nothing (full,
 * read-only, broken) new entries wait in memory, and move to the disk once it takes them again.
 */
export class Spool implements Outbox {
  readonly #options: SpoolOptions
  readonly #memory: MemoryOutbox
  readonly #journals: Record<AlertClass, Journal>
  readonly #writeThrough: WriteThrough
  readonly #gate = new RepeatGate()
  readonly #tick: NodeJS.Timeout
  readonly #noRoom: Record<AlertClass, number> = { escalation: 0, review: 0 }
  #changed: () => void = () => {}
  #opened = false
  #fallback = false
  #recovered = 0
  #fellBack = 0

  /** Takes up what an earlier process left. Never throws: without a disk that works it keeps alerts in memory. */
  constructor(options: SpoolOptions) {
    this.#options = options
    this.#memory = new MemoryOutbox(options.memory)
    const segmentBytes = Math.min(
      Math.max(SEGMENT_BYTES.minimum, Math.floor(options.maximumBytes / SEGMENT_SHARE)),
      SEGMENT_BYTES.maximum,
    )
    const journal = (name: AlertClass) =>
      new Journal(options.folder, name, segmentBytes, (error) => this.#complain(error))
    this.#journals = { escalation: journal('escalation'), review: journal('review') }
    this.#writeThrough = new WriteThrough({
      folder: options.folder,
      policy: options.sync,
      unsynced: () => this.#all.flatMap(({ unsynced }) => unsynced),
      done: () => this.#changed(),
      failed: (error) => this.#fallBack(error),
    })
    this.#open()
    this.#tick = setInterval(() => this.#onTick(), TICK_MILLISECONDS)
    this.#tick.unref()
  }

  get length(): number {
    return this.#sum((journal) => journal.length) + this.#memory.length
  }

  statistics(): OutboxStatistics {
    const memory = this.#memory.statistics()
    const times = this.#all.flatMap(({ oldestMilliseconds }) => oldestMilliseconds ?? [])
    const ages = times.map((time) => Math.max(0, Date.now() - time) / 1000)
    if (memory.oldestSeconds !== undefined) ages.push(memory.oldestSeconds)
    const dropped = (name: AlertClass) =>
      this.#journals[name].dropped + this.#noRoom[name] + memory.dropped[name]
    return {
      storage: this.#fallback ? 'fallback' : 'disk',
      length: this.length,
      bytes: this.#diskBytes + memory.bytes,
      oldestSeconds: ages.length === 0 ? undefined : Math.max(...ages),
      dropped: { escalation: dropped('escalation'), review: dropped('review') },
      recovered: this.#recovered,
      damaged: this.#sum((journal) => journal.damaged),
      fellBack: this.#fellBack,
    }
  }

  push(entry: OutboxEntry): void {
    if (!this.#fallback && this.#tryToWrite(entry)) return
    this.#fellBack++
    this.#memory.push(entry)
  }

  take(lane: Lane): OutboxEntry | undefined {
    const notBefore = this.#notBefore
    return (
      this.#journals.escalation.take(lane, notBefore) ??
      this.#memory.take(lane) ??
      this.#journals.review.take(lane, notBefore)
    )
  }

  acknowledge(entry: OutboxEntry): void {
    this.#ownerOf(entry).acknowledge(entry)
  }

  putBack(entry: OutboxEntry): void {
    this.#ownerOf(entry).putBack(entry)
  }

  restart(): void {
    for (const journal of this.#all) journal.restart()
    this.#memory.restart()
  }

  onChange(listener: () => void): void {
    this.#changed = listener
  }

  async close(): Promise<void> {
    clearInterval(this.#tick)
    this.#changed = () => {}
    if (this.#fallback) this.#leaveFallback()
    await this.#writeThrough.close()
    for (const journal of this.#all) journal.close()
  }

  get #all(): Journal[] {
    return Object.values(this.#journals)
  }

  #sum(count: (journal: Journal) => number): number {
    return this.#all.reduce((sum, journal) => sum + count(journal), 0)
  }

  get #diskBytes(): number {
    return this.#sum((journal) => journal.diskBytes)
  }

  /** Entries queued earlier are too old. */
  get #notBefore(): number {
    return Date.now() - this.#options.maximumAgeMilliseconds
  }

  #ownerOf(entry: OutboxEntry): Journal | MemoryOutbox {
    const journal = this.#journals[entry.class]
    return journal.owns(entry) ? journal : this.#memory
  }

  #open(): void {
    const { folder } = this.#options
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      this.#recover(readdirSync(folder))
      this.#opened = true
      this.#writeThrough.written()
      accessSync(folder, constants.W_OK)
    } catch (error) {
      this.#fallBack(error)
    }
  }

  #recover(names: string[]): void {
    const { folder, log } = this.#options
    const present = new Set(names)
    const room = readingRoom()
    for (const name of names.sort()) {
      const [, alertClass, number, suffix] = FILE_NAME.exec(name) ?? []
      if (suffix === DONE_SUFFIX && !present.has(name.replace(DONE_SUFFIX, SEGMENT_SUFFIX))) {
        rmSync(join(folder, name), { force: true })
      }
      if (suffix !== SEGMENT_SUFFIX) continue
      try {
        this.#journals[alertClass as AlertClass].recover(Number(number), room)
      } catch (error) {
        log.warn({ file: join(folder, name) }, `a file of the spool cannot be read: ${messageOf(error)}`)
      }
    }
    const damaged = this.#sum((journal) => journal.damaged)
    if (damaged > 0) log.warn({ folder, damaged }, 'the spool has places that are no alerts: passed over')
    this.#recovered = this.#sum((journal) => journal.length)
    if (this.#recovered > 0) {
      log.info({ folder }, `${this.#recovered} alerts of an earlier start wait in the spool`)
    }
  }

  #tryToWrite(entry: OutboxEntry): boolean {
    try {
      this.#write(entry)
      return true
    } catch (error) {
      this.#fallBack(error)
      return false
    }
  }

  /** @throws the system's error */
  #write(entry: OutboxEntry): void {
    const journal = this.#journals[entry.class]
    const bytes = entry.payload.length + OVERHEAD_BYTES
    if (!this.#makeRoom(entry.class, bytes)) {
      this.#noRoom[entry.class]++
      return
    }
    if (journal.prepare(bytes)) this.#writeThrough.folderChanged()
    journal.push(entry)
    this.#writeThrough.written()
  }

  #makeRoom(alertClass: AlertClass, bytes: number): boolean {
    const { escalation, review } = this.#journals
    while (this.#diskBytes + bytes > this.#options.maximumBytes) {
      if (review.dropOldest()) continue
      if (alertClass === 'review' || !escalation.dropOldest()) return false
    }
    return true
  }

  #onTick(): void {
    for (const journal of this.#all) journal.expire(this.#notBefore)
    if (this.#fallback) this.#leaveFallback()
  }

  #fallBack(error: unknown): void {
    this.#complain(error)
    if (this.#fallback) return
    this.#fallback = true
    this.#changed()
  }

  #complain(error: unknown): void {
    const problem = messageOf(error)
    if (!this.#gate.allows(problem, performance.now())) return
    const { folder, log } = this.#options
    log.warn({ folder }, `the spool cannot be written: ${problem}; alerts wait in memory until it can`)
  }

  /** Tries the disk again, and moves to it what waits in memory. */
  #leaveFallback(): void {
    if (!this.#opened) {
      this.#fallback = false
      this.#open()
      if (this.#fallback) return
    }
    try {
      if (this.#journals.review.prepare(MAXIMUM_RECORD_BYTES)) this.#writeThrough.folderChanged()
      this.#moveToDisk()
    } catch (error) {
      this.#complain(error)
      return
    }
    this.#fallback = false
    this.#gate.clear()
    this.#options.log.info({ folder: this.#options.folder }, 'the spool can be written again')
    this.#changed()
  }

  #moveToDisk(): void {
    for (const lane of ['backlog', 'live'] as const) {
      for (let entry = this.#memory.take(lane); entry; entry = this.#memory.take(lane)) {
        try {
          this.#write(entry)
        } catch (error) {
          this.#memory.putBack(entry)
          throw error
        }
        this.#memory.acknowledge(entry)
      }
    }
  }
}
