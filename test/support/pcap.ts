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
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(65535, 16)
  header.writeUInt32LE(1, 20)
  const records = frames.map((frame, index) => {
    const record = Buffer.alloc(16 + frame.length)
    const microseconds = index * stepMicroseconds
    record.writeUInt32LE(startSeconds + Math.floor(microseconds / 1e6), 0)
    record.writeUInt32LE(microseconds % 1e6, 4)
    record.writeUInt32LE(frame.length, 8)
    record.writeUInt32LE(frame.length, 12)
    frame.copy(record, 16)
    return record
  })
  return Buffer.concat([header, ...records])
}
