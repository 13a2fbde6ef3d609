import type { PacketSink } from '../../agent/capture/source.js'
import { UDP_PAYLOAD_OFFSET } from './pcap.js'

export interface RecordedPacket {
  linkType: number
  frame: Buffer
  originalLength: number
  timeMicroseconds: number
}

/** Keeps every packet that a source delivers, so that a test can compare them byte for byte. Reads little-endian pcap only. */
export class RecordingSink implements PacketSink {
  readonly packetBuffer = Buffer.alloc(65535)
  readonly packets: RecordedPacket[] = []
  ended = false
  readonly #space: Buffer
  #bytes = Buffer.alloc(0)
  #offset = 0
  #linkType: number | undefined

  /** @param chunkBytes size of `chunkSpace()`: small ones cut records anywhere */
  constructor(chunkBytes = 4096) {
    this.#space = Buffer.alloc(chunkBytes)
  }

  packet(linkType: number, capturedLength: number, originalLength: number, timeMicroseconds: number): void {
    const frame = Buffer.from(this.packetBuffer.subarray(0, capturedLength))
    this.packets.push({ linkType, frame, originalLength, timeMicroseconds })
  }

  chunkSpace(): Buffer {
    return this.#space
  }

  chunk(length: number, untilMicroseconds = Number.POSITIVE_INFINITY): number | undefined {
    this.#bytes = Buffer.concat([this.#bytes, this.#space.subarray(0, length)])
    if (this.#linkType === undefined) {
      if (this.#bytes.length < 24) return undefined
      if (this.#bytes.readUInt32LE(0) !== 0xa1b2c3d4) throw new Error('not a little-endian pcap file')
      this.#linkType = this.#bytes.readUInt32LE(20)
      this.#offset = 24
    }
    for (;;) {
      const left = this.#bytes.subarray(this.#offset)
      if (left.length < 16 || left.length < 16 + left.readUInt32LE(8)) return undefined
      const timeMicroseconds = left.readUInt32LE(0) * 1e6 + left.readUInt32LE(4)
      if (timeMicroseconds > untilMicroseconds) return timeMicroseconds
      const capturedLength = left.readUInt32LE(8)
      const frame = Buffer.from(left.subarray(16, 16 + capturedLength))
      this.packets.push({
        linkType: this.#linkType,
        frame,
        originalLength: left.readUInt32LE(12),
        timeMicroseconds,
      })
      this.#offset += 16 + capturedLength
    }
  }

  end(): void {
    this.ended = true
  }

  /** Bytes after the last whole record. */
  get unread(): number {
    return this.#bytes.length - this.#offset
  }

  /** UDP payloads of untagged Ethernet frames, in order. */
  get payloads(): string[] {
    return this.packets.map(({ frame }) => frame.subarray(UDP_PAYLOAD_OFFSET).toString('latin1'))
  }
}
