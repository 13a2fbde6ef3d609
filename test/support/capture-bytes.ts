/** Capture files built byte by byte, in every variant of the two formats. */

export interface CapturedPacket {
  frame: Uint8Array
  /** Since 1970. */
  microseconds: number
}

export interface Variant {
  bigEndian: boolean
  nanoseconds: boolean
  linkType?: number
}

export const VARIANTS: Variant[] = [false, true].flatMap((bigEndian) =>
  [false, true].map((nanoseconds) => ({ bigEndian, nanoseconds })),
)

/** Writes numbers in one byte order. */
function writer(bigEndian: boolean) {
  return {
    u16: (...values: number[]) => numbers(values, 2, bigEndian),
    u32: (...values: number[]) => numbers(values, 4, bigEndian),
  }
}

function numbers(values: number[], size: 2 | 4, bigEndian: boolean): Buffer {
  const bytes = Buffer.alloc(values.length * size)
  values.forEach((value, index) => {
    if (bigEndian) bytes.writeUIntBE(value, index * size, size)
    else bytes.writeUIntLE(value, index * size, size)
  })
  return bytes
}

/** draft-ietf-opsawg-pcap. */
export function pcap(packets: readonly CapturedPacket[], variant: Variant): Buffer {
  const { u16, u32 } = writer(variant.bigEndian)
  const magic = variant.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4
  const header = Buffer.concat([u32(magic), u16(2, 4), u32(0, 0, 65535, variant.linkType ?? 1)])
  const records = packets.map(({ frame, microseconds }) => {
    const fraction = (microseconds % 1e6) * (variant.nanoseconds ? 1000 : 1)
    return Buffer.concat([u32(Math.floor(microseconds / 1e6), fraction, frame.length, frame.length), frame])
  })
  return Buffer.concat([header, ...records])
}

const ENHANCED = 6
const padded = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])

/** Blocks of draft-ietf-opsawg-pcapng. */
export class PcapngWriter {
  readonly #u16: (...values: number[]) => Buffer
  readonly #u32: (...values: number[]) => Buffer

  constructor(bigEndian: boolean) {
    const { u16, u32 } = writer(bigEndian)
    this.#u16 = u16
    this.#u32 = u32
  }

  block(type: number, body: Uint8Array): Buffer {
    const length = 12 + padded(body).length
    return Buffer.concat([this.#u32(type, length), padded(body), this.#u32(length)])
  }

  section(): Buffer {
    return this.block(
      0x0a0d0d0a,
      Buffer.concat([this.#u32(0x1a2b3c4d), this.#u16(1, 0), this.#u32(0xffffffff, 0xffffffff)]),
    )
  }

  /** @param options if_tsresol (one byte) and if_tsoffset (seconds) */
  interface(linkType: number, options: { resolution?: number; offset?: number } = {}): Buffer {
    const parts = [this.#u16(linkType, 0), this.#u32(65535)]
    if (options.resolution !== undefined)
      parts.push(this.#u16(9, 1), Buffer.from([options.resolution, 0, 0, 0]))
    if (options.offset !== undefined) {
      const big = Buffer.alloc(8)
      const isBig = this.#u16(1)[1] === 1
      if (isBig) big.writeBigInt64BE(BigInt(options.offset))
      else big.writeBigInt64LE(BigInt(options.offset))
      parts.push(this.#u16(14, 8), big)
    }
    parts.push(this.#u16(0, 0))
    return this.block(1, Buffer.concat(parts))
  }

  /** @param stamp in the interface's unit */
  packet(interfaceNumber: number, stamp: bigint, frame: Uint8Array): Buffer {
    const words = [
      interfaceNumber,
      Number(stamp >> 32n),
      Number(stamp & 0xffffffffn),
      frame.length,
      frame.length,
    ]
    return this.block(ENHANCED, Buffer.concat([this.#u32(...words), padded(frame)]))
  }

  /** The obsolete packet block. */
  oldPacket(interfaceNumber: number, stamp: bigint, frame: Uint8Array): Buffer {
    const words = [Number(stamp >> 32n), Number(stamp & 0xffffffffn), frame.length, frame.length]
    return this.block(2, Buffer.concat([this.#u16(interfaceNumber, 0), this.#u32(...words), padded(frame)]))
  }

  simplePacket(frame: Uint8Array): Buffer {
    return this.block(3, Buffer.concat([this.#u32(frame.length), padded(frame)]))
  }
}

/** One section, one Ethernet interface. */
export function pcapng(packets: readonly CapturedPacket[], variant: Variant): Buffer {
  const writer = new PcapngWriter(variant.bigEndian)
  const factor = variant.nanoseconds ? 1000n : 1n
  return Buffer.concat([
    writer.section(),
    writer.interface(variant.linkType ?? 1, variant.nanoseconds ? { resolution: 9 } : {}),
    ...packets.map(({ frame, microseconds }) => writer.packet(0, BigInt(microseconds) * factor, frame)),
  ])
}
