import { join } from 'node:path'
import type { AlertClass, Lane, OutboxEntry } from '../outbox.js'
import { encodeRecord } from './record.js'
import { Segment, State } from './segment.js'

/** A record's place: segment number, and index in the segment. */
interface Place {
  number: number
  index: number
}

const START: Place = { number: 0, index: 0 }

/**
 * The entries of one class in the order in which they came: a row of segments, of which the last is written to.
 * What lies before `#liveFrom` is backlog, the rest live; a cursor walks each lane and passes over what is done.
 */
export class Journal {
  readonly #folder: string
  readonly #class: AlertClass
  readonly #segmentBytes: number
  readonly #complain: (error: unknown) => void
  readonly #segments: Segment[] = []
  readonly #inFlight = new Map<OutboxEntry, { segment: Segment; index: number }>()
  #cursors: Record<Lane, Place> = { backlog: START, live: START }
  #liveFrom: Place = START
  #nextNumber = 1
  #length = 0
  #dropped = 0
  #damaged = 0

  /** @param complain hears of acknowledgements that could not be written: after a new start the entries are sent again */
  constructor(
    folder: string,
    alertClass: AlertClass,
    segmentBytes: number,
    complain: (error: unknown) => void,
  ) {
    this.#complain = complain
    this.#folder = folder
    this.#class = alertClass
    this.#segmentBytes = segmentBytes
  }

  /** Entries waiting or in flight. */
  get length(): number {
    return this.#length
  }

  /** Entries given up. */
  get dropped(): number {
    return this.#dropped
  }

  /** Places whose bytes were no entry. */
  get damaged(): number {
    return this.#damaged
  }

  get diskBytes(): number {
    return this.#segments.reduce((sum, { diskBytes }) => sum + diskBytes, 0)
  }

  /** The segments with records that may not yet be on the disk for good. */
  get unsynced(): Segment[] {
    return this.#segments.filter(({ synced, records }) => synced < records)
  }

  /** When the oldest entry was queued; undefined without entries. */
  get oldestMilliseconds(): number | undefined {
    for (const segment of this.#segments) {
      const oldest = segment.oldestOpen()
      if (oldest !== undefined) return oldest
    }
    return undefined
  }

  /**
   * Takes up what an earlier process left; numbers in ascending order, before anything is pushed.
   * @param room of `readingRoom`
   * @throws the system's error when the file cannot be read; it then stays where it is
   */
  recover(number: number, room: Buffer): void {
    this.#nextNumber = number + 1
    const { segment, damaged } = Segment.recover(this.#pathOf(number), number, room)
    this.#damaged += damaged
    this.#length += segment.open
    this.#segments.push(segment)
    this.#removeIfDone(segment)
    this.restart()
  }

  /** Makes sure that there is a file to write to. @returns true when it is new @throws the system's error */
  prepare(bytes: number): boolean {
    const last = this.#segments.at(-1)
    if (last?.hasRoomFor(bytes, this.#segmentBytes)) return false
    if (last && !last.sealed) {
      last.seal()
      this.#removeIfDone(last)
    }
    const number = this.#nextNumber++
    this.#segments.push(Segment.create(this.#pathOf(number), number))
    return true
  }

  /** Adds an entry to the file of `prepare`. @throws the system's error; the entry is then not kept */
  push(entry: OutboxEntry): void {
    const segment = this.#segments.at(-1)!
    segment.append((mark) => encodeRecord(mark, entry), entry.queuedAtMilliseconds)
    this.#length++
  }

  /**
   * The lane's next entry that is on the disk for good.
   * @param notBefore entries queued earlier (milliseconds) are given up on the way
   */
  take(lane: Lane, notBefore: number): OutboxEntry | undefined {
    for (;;) {
      const cursor = this.#cursors[lane]
      const segment = this.#segmentFrom(cursor.number)
      if (segment === undefined) return undefined
      const index = segment.number === cursor.number ? cursor.index : 0
      const place = { number: segment.number, index }
      if (lane === 'backlog' && !isBefore(place, this.#liveFrom)) return undefined
      if (index < segment.records) {
        if (index >= segment.synced) return undefined
        this.#cursors[lane] = { ...place, index: index + 1 }
        const entry = this.#takeAt(segment, index, notBefore)
        if (entry !== undefined) return entry
      } else if (segment === this.#segments.at(-1)) {
        return undefined
      } else {
        segment.rest()
        this.#cursors[lane] = { number: segment.number + 1, index: 0 }
      }
    }
  }

  owns(entry: OutboxEntry): boolean {
    return this.#inFlight.has(entry)
  }

  acknowledge(entry: OutboxEntry): void {
    const place = this.#inFlight.get(entry)
    if (place === undefined) return
    this.#inFlight.delete(entry)
    this.#length--
    if (place.segment.removed) return
    this.#finish(place.segment, place.index)
  }

  putBack(entry: OutboxEntry): void {
    const place = this.#inFlight.get(entry)
    if (place === undefined) return
    this.#inFlight.delete(entry)
    const { segment, index } = place
    if (!this.#returnTo(segment, index)) return
    const back = { number: segment.number, index }
    const lane = isBefore(back, this.#liveFrom) ? 'backlog' : 'live'
    if (isBefore(back, this.#cursors[lane])) this.#cursors[lane] = back
  }

  restart(): void {
    for (const { segment, index } of this.#inFlight.values()) this.#returnTo(segment, index)
    this.#inFlight.clear()
    const last = this.#segments.at(-1)
    this.#liveFrom = last
      ? { number: last.number, index: last.records }
      : { number: this.#nextNumber, index: 0 }
    this.#cursors = { backlog: START, live: this.#liveFrom }
  }

  /** Gives up the oldest segment, whatever waits in it. @returns false when there is none */
  dropOldest(): boolean {
    const segment = this.#segments.shift()
    if (segment === undefined) return false
    const waiting = segment.count(State.WAITING)
    this.#length -= waiting
    this.#dropped += waiting
    segment.remove()
    return true
  }

  /** Gives up segments whose newest entry was queued before this time. */
  expire(notBefore: number): void {
    for (;;) {
      const oldest = this.#segments[0]
      if (oldest === undefined || oldest.records === 0) return
      if (oldest.queuedAt(oldest.records - 1) >= notBefore) return
      this.dropOldest()
    }
  }

  /** Closes the files, and deletes what is done. */
  close(): void {
    for (const segment of [...this.#segments]) {
      segment.seal()
      this.#removeIfDone(segment)
    }
  }

  #pathOf(number: number): string {
    return join(this.#folder, `${this.#class}-${String(number).padStart(10, '0')}`)
  }

  #segmentFrom(number: number): Segment | undefined {
    const last = this.#segments.at(-1)
    if (last === undefined || last.number < number) return undefined
    if (last.number === number) return last
    return this.#segments.find((segment) => segment.number >= number)
  }

  #takeAt(segment: Segment, index: number, notBefore: number): OutboxEntry | undefined {
    if (segment.stateOf(index) !== State.WAITING) return undefined
    const record = segment.queuedAt(index) < notBefore ? undefined : segment.read(index)
    if (record === undefined) {
      if (segment.queuedAt(index) >= notBefore) this.#damaged++
      this.#length--
      this.#dropped++
      this.#finish(segment, index)
      return undefined
    }
    segment.setInFlight(index, true)
    const entry: OutboxEntry = { ...record, class: this.#class }
    this.#inFlight.set(entry, { segment, index })
    return entry
  }

  /** @returns false when the segment was given up while the entry was in flight: now the entry is, too */
  #returnTo(segment: Segment, index: number): boolean {
    if (segment.removed) {
      this.#length--
      this.#dropped++
      return false
    }
    segment.setInFlight(index, false)
    return true
  }

  #finish(segment: Segment, index: number): void {
    try {
      segment.finish(index)
    } catch (error) {
      this.#complain(error)
    }
    this.#removeIfDone(segment)
  }

  #removeIfDone(segment: Segment): void {
    if (!segment.sealed || segment.open > 0) return
    segment.remove()
    const at = this.#segments.indexOf(segment)
    if (at >= 0) this.#segments.splice(at, 1)
  }
}

function isBefore(a: Place, b: Place): boolean {
  return a.number < b.number || (a.number === b.number && a.index < b.index)
}
