import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { promisify } from 'node:util'
import { decodeRecord, MAXIMUM_RECORD_BYTES, queuedAt, type SpoolRecord, soundRecordAt } from './record.js'
import {
  DONE_BYTES,
  DONE_SUFFIX,
  doneEntry,
  HEADER_BYTES,
  headerOf,
  MAXIMUM_RECORDS,
  markOf,
  readSegmentFile,
  SEGMENT_SUFFIX,
  soundRecords,
} from './segment-format.js'

/** Files take whole blocks on disk. */
const BLOCK_BYTES = 4096
/** Alerts carry payload: for the agent's user only. */
const MODE = 0o600

export const State = { WAITING: 0, IN_FLIGHT: 1, DONE: 2 } as const

const syncData = promisify(fdatasync)

/** One segment, as segment-format.ts draws it, and what memory knows of its records. */
export class Segment {
  readonly number: number
  readonly #path: string
  readonly #mark: number
  /** By record; as long as records are added, with room for as many as there may be. 13 bytes each. */
  #offsets: Uint32Array
  #times: Float64Array
  #states: Uint8Array
  #records = 0
  #done = 0
  #synced = 0
  #size = 0
  #doneSize = 0
  #sealed: boolean
  #removed = false
  #file: number | undefined
  #doneFile: number | undefined
  #syncing = 0

  /**
   * An empty segment in a new file.
   * @param path without suffix
   * @throws the system's error when the file cannot be made
   */
  static create(path: string, number: number): Segment {
    const mark = randomBytes(4).readUInt32LE()
    const segment = new Segment(path, number, mark, MAXIMUM_RECORDS, false)
    segment.#file = openSync(path + SEGMENT_SUFFIX, 'wx+', MODE)
    try {
      segment.#write(segment.#file, headerOf(mark), 0)
    } catch (error) {
      segment.remove()
      throw error
    }
    segment.#size = HEADER_BYTES
    return segment
  }

  /**
   * What is sound in an existing file; it takes no more.
   * @param room of `readingRoom`
   * @returns the segment, and how many places in it held bytes that are no record
   * @throws the system's error when the file cannot be read
   */
  static recover(path: string, number: number, room: Buffer): { segment: Segment; damaged: number } {
    const bytes = readSegmentFile(path + SEGMENT_SUFFIX, room)
    const mark = markOf(bytes)
    const { offsets, damaged } = mark === undefined ? { offsets: [], damaged: 1 } : soundRecords(bytes, mark)
    const segment = new Segment(path, number, mark ?? 0, offsets.length, true)
    segment.#size = bytes.length
    segment.#records = offsets.length
    segment.#offsets.set(offsets)
    segment.#times.set(offsets.map((offset) => queuedAt(bytes, offset)))
    segment.#readDone()
    return { segment, damaged }
  }

  private constructor(path: string, number: number, mark: number, capacity: number, sealed: boolean) {
    this.#path = path
    this.number = number
    this.#mark = mark
    this.#offsets = new Uint32Array(capacity)
    this.#times = new Float64Array(capacity)
    this.#states = new Uint8Array(capacity)
    this.#sealed = sealed
  }

  /** Records in it, done or not. */
  get records(): number {
    return this.#records
  }

  /** Records that are not done. */
  get open(): number {
    return this.#records - this.#done
  }

  /** The first so many records are on the disk for good. */
  get synced(): number {
    return this.#synced
  }

  /** It takes no more records. */
  get sealed(): boolean {
    return this.#sealed
  }

  get removed(): boolean {
    return this.#removed
  }

  /** What both files take on disk. */
  get diskBytes(): number {
    return inBlocks(this.#size) + inBlocks(this.#doneSize)
  }

  hasRoomFor(bytes: number, segmentBytes: number): boolean {
    if (this.#sealed || this.#records === MAXIMUM_RECORDS) return false
    return this.#records === 0 || this.#size + bytes <= segmentBytes
  }

  /**
   * Adds a record of `encodeRecord`.
   * @throws the system's error when it could not be written whole; the segment then takes no more
   */
  append(encode: (mark: number) => Buffer, queuedAtMilliseconds: number): void {
    const bytes = encode(this.#mark)
    try {
      this.#write(this.#opened(), bytes, this.#size)
    } catch (error) {
      this.#takeNoMore()
      throw error
    }
    this.#offsets[this.#records] = this.#size
    this.#times[this.#records] = queuedAtMilliseconds
    this.#records++
    this.#size += bytes.length
  }

  seal(): void {
    this.#takeNoMore()
    this.rest()
  }

  stateOf(index: number): number {
    return this.#states[index]!
  }

  queuedAt(index: number): number {
    return this.#times[index]!
  }

  /** Queueing time of the oldest record that is not done; undefined when all are. */
  oldestOpen(): number | undefined {
    if (this.open === 0) return undefined
    const index = this.#states.findIndex((state) => state !== State.DONE)
    return this.#times[index]
  }

  /** Records with this state. */
  count(state: number): number {
    let count = 0
    for (let index = 0; index < this.#records; index++) if (this.#states[index] === state) count++
    return count
  }

  /** @returns undefined when it cannot be read, or is not what was written */
  read(index: number): SpoolRecord | undefined {
    const from = this.#offsets[index]!
    const to = index + 1 < this.#records ? this.#offsets[index + 1]! : this.#size
    const bytes = Buffer.allocUnsafe(Math.min(to - from, MAXIMUM_RECORD_BYTES))
    try {
      const length = readSync(this.#opened(), bytes, 0, bytes.length, from)
      const sound = soundRecordAt(bytes.subarray(0, length), 0, this.#mark)
      return sound === undefined ? undefined : decodeRecord(bytes.subarray(0, sound))
    } catch {
      return undefined
    }
  }

  setInFlight(index: number, inFlight: boolean): void {
    this.#states[index] = inFlight ? State.IN_FLIGHT : State.WAITING
  }

  /**
   * The record is over and done with; it stays so in memory whatever happens.
   * @throws the system's error when that could not be written: after a new start the record waits again
   */
  finish(index: number): void {
    this.#states[index] = State.DONE
    this.#done++
    if (this.#sealed && this.open === 0) return // its files go as a whole
    const bytes = doneEntry(this.#offsets[index]!, this.#mark)
    this.#doneFile ??= openSync(this.#path + DONE_SUFFIX, constants.O_RDWR | constants.O_CREAT, MODE)
    this.#write(this.#doneFile, bytes, this.#doneSize)
    this.#doneSize += DONE_BYTES
  }

  /** @throws the system's error; the records then count as synced all the same: better offered than held back */
  async sync(): Promise<void> {
    const records = this.#records
    if (records === this.#synced || this.#removed) return
    this.#syncing++
    try {
      await syncData(this.#opened())
    } finally {
      this.#syncing--
      this.#synced = Math.max(this.#synced, records)
      if (this.#removed) this.#close()
      else if (this.#sealed) this.rest()
    }
  }

  /** @throws the system's error, as `sync` */
  syncNow(): void {
    const records = this.#records
    if (records === this.#synced) return
    this.#synced = records
    fdatasyncSync(this.#opened())
  }

  /** Leaves the writing to the system's own time. */
  countAsSynced(): void {
    this.#synced = this.#records
  }

  /** Closes its files until they are read again. */
  rest(): void {
    if (this.#syncing === 0) this.#close()
  }

  /** Deletes its files, the records first: acknowledgements without records are harmless, not the other way round. */
  remove(): void {
    this.#removed = true
    this.rest()
    for (const suffix of [SEGMENT_SUFFIX, DONE_SUFFIX]) {
      try {
        rmSync(this.#path + suffix, { force: true })
      } catch {
        // A disk that has become read-only keeps them: what they hold is offered again after the next start.
      }
    }
  }

  #takeNoMore(): void {
    if (this.#sealed) return
    this.#sealed = true
    this.#offsets = this.#offsets.slice(0, this.#records)
    this.#times = this.#times.slice(0, this.#records)
    this.#states = this.#states.slice(0, this.#records)
  }

  #opened(): number {
    this.#file ??= openSync(this.#path + SEGMENT_SUFFIX, 'r')
    return this.#file
  }

  #close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    if (this.#doneFile !== undefined) closeSync(this.#doneFile)
    this.#file = undefined
    this.#doneFile = undefined
  }

  #write(file: number, bytes: Buffer, position: number): void {
    let written = 0
    while (written < bytes.length) {
      const count = writeSync(file, bytes, written, bytes.length - written, position + written)
      if (count === 0) throw new Error('the disk takes no more')
      written += count
    }
  }

  #readDone(): void {
    let bytes: Buffer
    try {
      bytes = readFileSync(this.#path + DONE_SUFFIX)
    } catch {
      return // None is done, or some are sent twice.
    }
    const indexes = new Map(Array.from(this.#offsets, (offset, index) => [offset, index]))
    const whole = bytes.length - (bytes.length % DONE_BYTES)
    for (let at = 0; at < whole; at += DONE_BYTES) {
      const offset = bytes.readUInt32LE(at)
      const index = indexes.get(offset)
      if (index === undefined || this.#states[index] === State.DONE) continue
      if (!doneEntry(offset, this.#mark).equals(bytes.subarray(at, at + DONE_BYTES))) continue
      this.#states[index] = State.DONE
      this.#done++
    }
    this.#doneSize = whole
  }
}

function inBlocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES
}
