import { pcap } from './capture-bytes.js'

/** Plain constructions of capture files and frames, for tests. */

/** Where a captured UDP payload begins in an untagged Ethernet frame with IPv4 and no options. */
export const UDP_PAYLOAD_OFFSET = 14 + 20 + 8

/** An Ethernet frame with IPv4 and UDP from 127.0.0.1 to itself. */
export function udpFrame(payload: Buffer, sourcePort: number, destinationPort: number): Buffer {
  const frame = Buffer.alloc(UDP_PAYLOAD_OFFSET + payload.length)
  frame.writeUInt16BE(0x0800, 12)
  frame.writeUInt8(0x45, 14)
  frame.writeUInt16BE(28 + payload.length, 16)
  frame.writeUInt8(64, 22)
  frame.writeUInt8(17, 23)
  frame.set([127, 0, 0, 1, 127, 0, 0, 1], 26)
  frame.writeUInt16BE(sourcePort, 34)
  frame.writeUInt16BE(destinationPort, 36)
  frame.writeUInt16BE(8 + payload.length, 38)
  payload.copy(frame, UDP_PAYLOAD_OFFSET)
  return frame
}

/** A little-endian pcap file of Ethernet frames, `stepMicroseconds` apart. */
export function pcapFile(
  frames: readonly Buffer[],
  stepMicroseconds = 1000,
  startSeconds = 1_700_000_000,
): Buffer {
  const packets = frames.map((frame, index) => ({
    frame,
    microseconds: startSeconds * 1e6 + index * stepMicroseconds,
  }))
  return pcap(packets, { bigEndian: false, nanoseconds: false })
}
