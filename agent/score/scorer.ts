import { FirsteightError } from '../../core/errors.js'
import type { Kernel, WalkOutcome } from '../../core/kernel.js'
import type { KernelCounters } from '../../core/kernel-counters.js'
import type { StreamRecord } from '../../core/stream-record.js'
import type { PacketSink } from '../capture/source.js'

/** What each of the kernel's faults means, and whether the stream was no capture at all. */
const FAULTS: Record<string, string> = {
  'magic-unknown': 'neither pcap nor pcapng: the first four bytes are no known magic number',
  'version-unsupported': 'a version of the format that is not read here (pcap 2.x and pcapng 1.x are)',
  'record-too-long': 'a record longer than 262,144 bytes',
  'block-length-invalid': 'a block length that is too short for its type or no multiple of four',
  'block-lengths-differ': 'a block whose trailing length differs from its leading one',
  'byte-order-unknown': 'a section header without the byte-order magic 1a2b3c4d',
  'packet-length-invalid': 'a packet longer than its block',
  'too-many-interfaces': 'more than 256 interfaces in one section',
  'time-resolution-invalid': 'a time resolution that no clock has',
}

/** Single packets between two calls of `onPackets`: so few that the kernel's ring of recent frames holds them all. */
const PACKETS_PER_CALL = 128

/**
 * Sees every packet that the scorer sees. What lies in the kernel's memory is copied before the kernel scores it, and
 * handled after: alerts on the way may use that memory.
 */
export interface Follower {
  /** `length` bytes lie in the scorer's `packetBuffer`. */
  copyPacket(length: number): void
  handlePacket(linkType: number, length: number, timeMicroseconds: number): void
  /** `length` new bytes lie in the scorer's `chunkSpace()`. */
  copyChunk(length: number): void
  handleChunk(untilMicroseconds: number): void
}

/**
 * Feeds the kernel from a capture source and hands on what it reports.
 * Holds no packets; the kernel's memory is all there is.
 */
export class Scorer implements PacketSink {
  readonly packetBuffer: Buffer
  readonly #kernel: Kernel
  readonly #onRecord: (record: StreamRecord) => void
  #follower: Follower | undefined
  readonly #onPackets: () => void
  #sinceCall = 0

  /**
   * @param kernel with model and server ports set
   * @param onPackets called after every chunk, or after some packets, when their records have been handed on
   */
  constructor(kernel: Kernel, onRecord: (record: StreamRecord) => void, onPackets: () => void = () => {}) {
    this.#kernel = kernel
    this.#onRecord = onRecord
    this.#onPackets = onPackets
    this.packetBuffer = kernel.packetBuffer
  }

  /** From the next packet on; only to be called between packets. */
  follow(follower: Follower | undefined): void {
    this.#follower = follower
  }

  packet(linkType: number, capturedLength: number, _originalLength: number, timeMicroseconds: number): void {
    const follower = this.#follower
    follower?.copyPacket(capturedLength)
    if (this.#kernel.packet(linkType, capturedLength, timeMicroseconds) > 0)
      this.#kernel.takeRecords(this.#onRecord)
    follower?.handlePacket(linkType, capturedLength, timeMicroseconds)
    if (++this.#sinceCall < PACKETS_PER_CALL) return
    this.#sinceCall = 0
    this.#onPackets()
  }

  chunkSpace(): Buffer {
    return this.#kernel.inputSpace()
  }

  chunk(length: number, untilMicroseconds = Number.POSITIVE_INFINITY): number | undefined {
    const follower = this.#follower
    follower?.copyChunk(length)
    let outcome = this.#walk(length, untilMicroseconds)
    while (outcome === 'records-full') outcome = this.#walk(0, untilMicroseconds)
    if (outcome === 'fault') throw this.#fault()
    follower?.handleChunk(untilMicroseconds)
    return outcome === 'held' ? this.#kernel.functions.heldTime() : undefined
  }

  end(): void {
    const { inputRest, inputOffset } = this.#kernel.functions
    if (inputRest() === 0) {
      if (inputOffset() === 0) throw corrupt('CAPTURE_FILE_FORMAT', 'it is empty', 0)
      return
    }
    throw new FirsteightError(
      'CAPTURE_FILE_TRUNCATED',
      `the capture ends inside a record that begins at byte ${inputOffset()}`,
      { hint: 'Every complete record before it was scored.', details: { offset: inputOffset() } },
    )
  }

  /** Ends TCP streams that have been idle since then (default: all), so that short ones are reported. */
  flushStreams(idleSinceMicroseconds = Number.POSITIVE_INFINITY): void {
    this.#kernel.endFlowsBefore(idleSinceMicroseconds, this.#onRecord)
  }

  counters(): KernelCounters {
    return this.#kernel.counters()
  }

  #walk(length: number, untilMicroseconds: number): WalkOutcome {
    const outcome = this.#kernel.walk(length, untilMicroseconds)
    this.#kernel.takeRecords(this.#onRecord)
    this.#onPackets()
    return outcome
  }

  #fault(): FirsteightError {
    const { fault, offset } = this.#kernel.walkFault()
    const code = fault === 'magic-unknown' ? 'CAPTURE_FILE_FORMAT' : 'CAPTURE_FILE_CORRUPT'
    return corrupt(code, FAULTS[fault] ?? fault, offset)
  }
}

function corrupt(
  code: 'CAPTURE_FILE_FORMAT' | 'CAPTURE_FILE_CORRUPT',
  what: string,
  offset: number,
): FirsteightError {
  return new FirsteightError(code, `cannot read the capture at byte ${offset}: ${what}`, {
    hint: 'Give a pcap or pcapng file, plain or gzip; `capinfos` of Wireshark tells what a file is.',
    details: { offset },
  })
}
