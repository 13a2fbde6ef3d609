import { constantOf, type KernelConstants, type KernelFunctions } from './kernel-exports.js'

/** Both ends of a flow. Addresses have 4 or 16 bytes, network byte order. */
export interface FlowEnds {
  transport: 'udp' | 'tcp'
  clientAddress: Uint8Array
  clientPort: number
  serverAddress: Uint8Array
  serverPort: number
}

/** A captured frame, copied out of the kernel's memory. */
export interface Frame {
  /** Capture time, microseconds since 1970. */
  timeMicroseconds: number
  /** libpcap LINKTYPE_ number. */
  linkType: number
  /** Bytes on the wire; `bytes` may be fewer. */
  originalLength: number
  bytes: Uint8Array
}

/** Frames in the ring, in the order of their capture. Only for use between packets. */
export interface HeldFrames {
  readonly length: number
  /** Capture time, microseconds since 1970. */
  timeOf(index: number): number
  /** Bytes kept of it. */
  bytesOf(index: number): number
  /** Copies it out. */
  read(index: number): Frame
}

const IP_PROTOCOLS = { tcp: 6, udp: 17 }

/**
 * The kernel's ring of recent frames on the server ports (assembly/evidence/ring.ts). Frames are numbered from the
 * reset on; numbers are 32 bits and wrap. Only for use between packets.
 */
export class FrameRing {
  /** How many of the last frames the ring can hold at most. */
  readonly slots: number
  /** How many flows can be watched at a time. */
  readonly mostWatches: number
  readonly #functions: KernelFunctions
  readonly #constants: KernelConstants
  readonly #view: DataView
  readonly #entries: EntryLayout
  /** Numbers of one flow's frames: room for `heldOf`, made at its first use. */
  #numbers: Uint32Array | undefined

  constructor(functions: KernelFunctions, constants: KernelConstants) {
    this.#functions = functions
    this.#constants = constants
    this.#view = new DataView(functions.memory.buffer)
    this.slots = constantOf(constants, 'FRAME_SLOTS')
    this.mostWatches = constantOf(constants, 'WATCH_CAPACITY')
    const at = (field: string) => constantOf(constants, `FRAME_${field}`)
    this.#entries = {
      base: at('INDEX'),
      size: at('ENTRY_BYTES'),
      bytes: constantOf(constants, 'FRAMES'),
      time: at('TIME'),
      linkType: at('LINK_TYPE'),
      original: at('ORIGINAL'),
      offset: at('OFFSET'),
      kept: at('KEPT'),
      watch: at('WATCH'),
    }
  }

  /** @param bytes most bytes kept of a frame, 1 to 65,536; 0: keep none. Forgets all frames. */
  keep(bytes: number): void {
    this.#functions.keepFrames(bytes)
  }

  /** The next frame's number. */
  get end(): number {
    return this.#functions.frameCount() >>> 0
  }

  /** The number that is `frames` before `end`. */
  before(frames: number): number {
    return (this.end - frames) >>> 0
  }

  /**
   * Marks the flow's frames, those in the ring and those to come.
   * @returns the mark, or 0 when too many flows are watched
   */
  watch(flow: FlowEnds): number {
    const base = constantOf(this.#constants, 'PACKET')
    const at = (field: string) => base + constantOf(this.#constants, `WATCH_${field}`)
    const bytes = new Uint8Array(this.#view.buffer)
    bytes.fill(0, base, base + constantOf(this.#constants, 'WATCH_BYTES'))
    bytes.set(flow.clientAddress, at('CLIENT_ADDRESS'))
    bytes.set(flow.serverAddress, at('SERVER_ADDRESS'))
    this.#view.setUint16(at('CLIENT_PORT'), flow.clientPort, true)
    this.#view.setUint16(at('SERVER_PORT'), flow.serverPort, true)
    this.#view.setUint8(at('PROTOCOL'), IP_PROTOCOLS[flow.transport])
    this.#view.setUint8(at('IP_VERSION'), flow.clientAddress.length === 4 ? 4 : 6)
    return this.#functions.watchFlow() >>> 0
  }

  unwatch(mark: number): void {
    this.#functions.removeWatch(mark)
  }

  /**
   * Calls back with the number of each marked frame from number `from` on, whether it is held still or not. Makes no
   * objects: the ring may hold one flow only, thousands of times.
   * @returns the number to go on from, and how many frames passed before they could be looked at
   */
  eachWatched(
    from: number,
    callback: (mark: number, number: number) => void,
  ): { next: number; missed: number } {
    const end = this.end
    const missed = Math.max(0, ((end - from) >>> 0) - this.slots)
    let number = (from + missed) >>> 0
    for (;;) {
      number = this.#functions.nextWatched(number) >>> 0
      if (number === end) return { next: end, missed }
      callback(this.#view.getUint32(this.#entryOf(number) + this.#entries.watch, true), number)
      number = (number + 1) >>> 0
    }
  }

  /** As `eachWatched`, for every frame. */
  each(from: number, callback: (number: number) => void): { next: number; missed: number } {
    const end = this.end
    const missed = Math.max(0, ((end - from) >>> 0) - this.slots)
    for (let number = (from + missed) >>> 0; number !== end; number = (number + 1) >>> 0) callback(number)
    return { next: end, missed }
  }

  /** The frames with this mark that are held, and the number to go on from. Overwritten by the next call. */
  heldOf(mark: number): { frames: HeldFrames; next: number } {
    this.#numbers ??= new Uint32Array(this.slots)
    const numbers = this.#numbers
    let length = 0
    const { next } = this.eachWatched(this.before(this.slots), (found, number) => {
      if (found === mark && this.#functions.frameIsHeld(number)) numbers[length++] = number
    })
    const entryOf = (index: number) => this.#entryOf(numbers[index]!)
    const frames = {
      length,
      timeOf: (index: number) => this.#view.getFloat64(entryOf(index) + this.#entries.time, true),
      bytesOf: (index: number) => this.#view.getUint32(entryOf(index) + this.#entries.kept, true),
      read: (index: number) => this.#read(entryOf(index)),
    }
    return { frames, next }
  }

  /** Capture time of the frame with this number, microseconds since 1970; undefined when it was overwritten. */
  timeOf(number: number): number | undefined {
    if (!this.#functions.frameIsHeld(number)) return undefined
    return this.#view.getFloat64(this.#entryOf(number) + this.#entries.time, true)
  }

  /** Copies a frame out; undefined when it was overwritten. */
  read(number: number): Frame | undefined {
    return this.#functions.frameIsHeld(number) ? this.#read(this.#entryOf(number)) : undefined
  }

  #entryOf(number: number): number {
    return this.#entries.base + (number % this.slots) * this.#entries.size
  }

  #read(entry: number): Frame {
    const { bytes, offset, linkType, original, time, kept } = this.#entries
    const length = this.#view.getUint32(entry + kept, true)
    const start = bytes + this.#view.getUint32(entry + offset, true)
    return {
      timeMicroseconds: this.#view.getFloat64(entry + time, true),
      linkType: this.#view.getInt32(entry + linkType, true),
      originalLength: this.#view.getUint32(entry + original, true),
      bytes: new Uint8Array(this.#view.buffer.slice(start, start + length)),
    }
  }
}

/** Where the index of frames lies, and the offsets of an entry's fields. */
interface EntryLayout {
  base: number
  size: number
  bytes: number
  time: number
  linkType: number
  original: number
  offset: number
  kept: number
  watch: number
}
