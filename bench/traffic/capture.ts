import { open } from 'node:fs/promises'
import { MOST_HEADERS } from './frames.js'
import { Random } from './random.js'
import { Traffic } from './traffic.js'

const FILE_HEADER = 24
/** Bytes before each frame. */
export const RECORD_HEADER = 16
const MOST_PAYLOAD = 2048
const PIECE_BYTES = 4 * 2 ** 20
/** Of the first packet, microseconds since 1970, and between two. */
const START = 1_700_000_000 * 1e6
const INTERVAL = 10

/** A little-endian microsecond pcap file (draft-ietf-opsawg-pcap) of these frames, one a 10 microseconds. */
export function pcapOf(frames: readonly Uint8Array[], linkType = 1): Buffer {
  const bytes = frames.reduce((sum, frame) => sum + RECORD_HEADER + frame.length, FILE_HEADER)
  const out = Buffer.alloc(bytes)
  let at = writeFileHeader(out, linkType)
  frames.forEach((frame, index) => {
    out.set(frame, at + RECORD_HEADER)
    at = writeRecordHeader(out, at, START + index * INTERVAL, frame.length) + frame.length
  })
  return out
}

/** `count` frames of seeded traffic in memory. */
export function trafficFrames(options: { seed: number; packets: number; flows: number }): Buffer[] {
  const traffic = new Traffic(new Random(options.seed), options.flows)
  return Array.from({ length: options.packets }, () => {
    const frame = Buffer.alloc(MOST_HEADERS + MOST_PAYLOAD)
    return frame.subarray(0, traffic.write(frame, 0))
  })
}

/** Writes seeded traffic to a pcap file, piece by piece. */
export async function writeCapture(
  path: string,
  options: { seed: number; packets: number; flows: number },
): Promise<void> {
  const traffic = new Traffic(new Random(options.seed), options.flows)
  const piece = Buffer.alloc(PIECE_BYTES)
  const file = await open(path, 'wx')
  try {
    let at = writeFileHeader(piece, 1)
    for (let packet = 0; packet < options.packets; packet++) {
      if (at > PIECE_BYTES - RECORD_HEADER - MOST_HEADERS - MOST_PAYLOAD) {
        await file.writeFile(piece.subarray(0, at))
        piece.fill(0)
        at = 0
      }
      const end = traffic.write(piece, at + RECORD_HEADER)
      writeRecordHeader(piece, at, START + packet * INTERVAL, end - at - RECORD_HEADER)
      at = end
    }
    await file.writeFile(piece.subarray(0, at))
  } finally {
    await file.close()
  }
}

function writeFileHeader(out: Buffer, linkType: number): number {
  out.writeUInt32LE(0xa1b2c3d4, 0)
  out.writeUInt16LE(2, 4)
  out.writeUInt16LE(4, 6)
  out.writeUInt32LE(65535, 16)
  out.writeUInt32LE(linkType, 20)
  return FILE_HEADER
}

/**
 * What stands before a frame.
 * @param time of capture, microseconds since 1970
 * @param length of the frame, bytes
 * @returns offset behind the header
 */
export function writeRecordHeader(out: Buffer, at: number, time: number, length: number): number {
  out.writeUInt32LE(Math.floor(time / 1e6), at)
  out.writeUInt32LE(time % 1e6, at + 4)
  out.writeUInt32LE(length, at + 8)
  out.writeUInt32LE(length, at + 12)
  return at + RECORD_HEADER
}
