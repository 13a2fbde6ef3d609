import type { ContextName } from '../../core/contexts.js'
import type { StreamRecord } from '../../core/stream-record.js'

/** Anomalous streams of one flow and kind that are published together. */
export interface FlowAlert {
  /** The one of highest rank, of equals the first; shown in full. */
  record: StreamRecord
  /** How many there are. */
  anomalousStreams: number
  /** All streams of the flow so far, by the kernel's count. */
  totalStreams: number
  firstSeenMicroseconds: number
  lastSeenMicroseconds: number
  /** Others, in the order they came, bounded. */
  examples: StreamRecord[]
  /** Anomalous streams of the flow came from client and from server, in this window or the unbroken ones before. */
  bothDirections: boolean
}

export interface AggregatorOptions {
  windowMicroseconds: number
  /** Most examples in one alert. */
  examples: number
  /** Most open windows; when full the oldest is closed early, for a flow whose alert was published only. */
  maximumFlows: number
  /** How urgent a stream is: of several the most urgent is shown. */
  rank: (record: StreamRecord) => number
}

/** What is known of a flow's anomalous directions: the first one, and whether there was another. */
interface Directions {
  context: ContextName
  both: boolean
}

/** One flow's open window. `pending` is what came after the alert that opened it. */
interface Window {
  key: string
  endsAtMicroseconds: number
  pending: FlowAlert | undefined
  directions: Directions
  /** The window opened after this one. */
  next: Window | undefined
}

/**
 * One alert a flow and window. The first anomalous stream of a flow is emitted at once and opens a window; those that
 * follow are emitted together at the window's end. A flow that goes on has a next window without another alert at
 * once: it is silent for one whole window before its next stream counts as a first one again.
 *
 * All windows are equally long and time does not go back (see `Router`), so windows end in the order in which they
 * were opened: a queue beside the map. (A map's own order would do, but finding its first entry after many deletions
 * is slow, and a flood of new flows does nothing else.)
 */
export class Aggregator {
  #options: AggregatorOptions
  readonly #emit: (alert: FlowAlert, dueMicroseconds: number) => boolean
  readonly #windows = new Map<string, Window>()
  #oldest: Window | undefined
  #newest: Window | undefined
  #pendingStreams = 0
  #evicted = 0

  /**
   * @param emit takes each alert with the time at which it was due, which does not go back;
   *   returns false when the alert was held back
   */
  constructor(options: AggregatorOptions, emit: (alert: FlowAlert, dueMicroseconds: number) => boolean) {
    this.#options = options
    this.#emit = emit
  }

  /** Open windows. */
  get openWindows(): number {
    return this.#windows.size
  }

  /** Streams that wait for the end of their window. */
  get pendingStreams(): number {
    return this.#pendingStreams
  }

  /** Windows closed early because the table was full. */
  get evicted(): number {
    return this.#evicted
  }

  /**
   * From now on. Where windows get another length, or fewer are allowed, those that are open are closed, so that all
   * are equally long and none too many.
   */
  apply(options: Omit<AggregatorOptions, 'rank'>, nowMicroseconds: number): void {
    const { windowMicroseconds, maximumFlows } = this.#options
    if (options.windowMicroseconds !== windowMicroseconds || options.maximumFlows < maximumFlows) {
      this.closeAll(nowMicroseconds)
    }
    this.#options = { ...this.#options, ...options }
  }

  /** @param nowMicroseconds at or after that of the call before; windows that have ended by then must be closed first */
  add(record: StreamRecord, nowMicroseconds: number): void {
    const key = flowKey(record)
    const window = this.#windows.get(key)
    if (window !== undefined) {
      if (record.context !== window.directions.context) window.directions.both = true
      if (window.pending === undefined) window.pending = alertOf(record)
      else this.#addTo(window.pending, record)
      window.pending.bothDirections = window.directions.both
      this.#pendingStreams++
      return
    }
    const published = this.#emit(alertOf(record), nowMicroseconds)
    if (this.#oldest !== undefined && this.#windows.size >= this.#options.maximumFlows) {
      // What was held back is told as a number already: a flood of such flows must not close the windows of others.
      if (!published) return
      const { pending } = this.#closeOldest(this.#oldest)
      this.#evicted++
      if (pending !== undefined) this.#emitPending(pending, nowMicroseconds)
    }
    this.#open(key, nowMicroseconds, { context: record.context, both: false })
  }

  /** Closes every window that has ended. How often this is called makes no difference to what is emitted. */
  closeEnded(nowMicroseconds: number): void {
    while (this.#oldest !== undefined && this.#oldest.endsAtMicroseconds <= nowMicroseconds) {
      const { key, pending, directions, endsAtMicroseconds } = this.#closeOldest(this.#oldest)
      if (pending === undefined) continue
      this.#open(key, endsAtMicroseconds, directions)
      this.#emitPending(pending, endsAtMicroseconds)
    }
  }

  closeAll(nowMicroseconds: number): void {
    while (this.#oldest !== undefined) {
      const { pending } = this.#closeOldest(this.#oldest)
      if (pending !== undefined) this.#emitPending(pending, nowMicroseconds)
    }
  }

  #open(key: string, fromMicroseconds: number, directions: Directions): void {
    const endsAtMicroseconds = fromMicroseconds + this.#options.windowMicroseconds
    const window: Window = { key, endsAtMicroseconds, pending: undefined, directions, next: undefined }
    if (this.#newest === undefined) this.#oldest = window
    else this.#newest.next = window
    this.#newest = window
    this.#windows.set(key, window)
  }

  #closeOldest(oldest: Window): Window {
    this.#windows.delete(oldest.key)
    this.#oldest = oldest.next
    if (this.#oldest === undefined) this.#newest = undefined
    return oldest
  }

  #addTo(alert: FlowAlert, record: StreamRecord): void {
    alert.anomalousStreams++
    alert.totalStreams = record.flowStreams
    alert.firstSeenMicroseconds = Math.min(alert.firstSeenMicroseconds, record.timeMicroseconds)
    alert.lastSeenMicroseconds = Math.max(alert.lastSeenMicroseconds, record.timeMicroseconds)
    const { rank, examples } = this.#options
    let example = record
    if (rank(record) > rank(alert.record)) {
      example = alert.record
      alert.record = record
    }
    if (alert.examples.length < examples) alert.examples.push(example)
  }

  #emitPending(alert: FlowAlert, dueMicroseconds: number): void {
    this.#pendingStreams -= alert.anomalousStreams
    this.#emit(alert, dueMicroseconds)
  }
}

function alertOf(record: StreamRecord): FlowAlert {
  return {
    record,
    anomalousStreams: 1,
    totalStreams: record.flowStreams,
    firstSeenMicroseconds: record.timeMicroseconds,
    lastSeenMicroseconds: record.timeMicroseconds,
    examples: [],
    bothDirections: false,
  }
}

/** Kind and transport, ports, addresses: two IPv6 addresses are the longest. */
const keyBytes = Buffer.alloc(1 + 4 + 32)

/** Bytes of the flow as a string of one character each: made for every record, so cheap. */
function flowKey(record: StreamRecord): string {
  const { clientAddress, serverAddress } = record
  const length = clientAddress.length
  keyBytes[0] = (record.kind === 'short' ? 2 : 0) + (record.transport === 'tcp' ? 1 : 0)
  keyBytes.writeUInt16BE(record.clientPort, 1)
  keyBytes.writeUInt16BE(record.serverPort, 3)
  keyBytes.set(clientAddress, 5)
  keyBytes.set(serverAddress, 5 + length)
  return keyBytes.toString('latin1', 0, 5 + 2 * length)
}
