/** A pcap stream of raw IPv4 datagrams to UDP port 53 that are no DNS. */

const RAW_IP = 101
const PAYLOAD = Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n')
const IP_BYTES = 28 + PAYLOAD.length

/** Bytes of one record. */
export const RECORD_BYTES = 16 + IP_BYTES

/** What the stream begins with. */
export function streamHeader(): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(65_535, 16)
  header.writeUInt32LE(RAW_IP, 20)
  return header
}

/**
 * Writes one record.
 * @param microseconds capture time since 1970
 * @param flow addresses as 32-bit numbers
 */
export function putDatagram(
  bytes: Buffer,
  at: number,
  microseconds: number,
  flow: { client: number; port: number; server: number },
): void {
  bytes.writeUInt32LE(Math.floor(microseconds / 1e6), at)
  bytes.writeUInt32LE(microseconds % 1e6, at + 4)
  bytes.writeUInt32LE(IP_BYTES, at + 8)
  bytes.writeUInt32LE(IP_BYTES, at + 12)
  const ip = at + 16
  bytes.set([0x45, 0, 0, IP_BYTES, 0, 0, 0, 0, 64, 17, 0, 0], ip)
  bytes.writeUInt32BE(flow.client, ip + 12)
  bytes.writeUInt32BE(flow.server, ip + 16)
  bytes.writeUInt16BE(flow.port, ip + 20)
  bytes.writeUInt16BE(53, ip + 22)
  bytes.writeUInt16BE(8 + PAYLOAD.length, ip + 24)
  bytes.writeUInt16BE(0, ip + 26)
  PAYLOAD.copy(bytes, ip + 28)
}
