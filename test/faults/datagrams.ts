import { pcapOf, RECORD_HEADER, writeRecordHeader } from '../../bench/traffic/capture.js'
import { LINK_TYPES } from '../../bench/traffic/frames.js'

/** A pcap stream of raw IPv4 datagrams to UDP port 53 that are no DNS. */

const PAYLOAD = Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n')
const IP_BYTES = 28 + PAYLOAD.length

/** Bytes of one record. */
export const RECORD_BYTES = RECORD_HEADER + IP_BYTES

/** What the stream begins with. */
export function streamHeader(): Buffer {
  return pcapOf([], LINK_TYPES.raw)
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
  const ip = writeRecordHeader(bytes, at, microseconds, IP_BYTES)
  bytes.set([0x45, 0, 0, IP_BYTES, 0, 0, 0, 0, 64, 17, 0, 0], ip)
  bytes.writeUInt32BE(flow.client, ip + 12)
  bytes.writeUInt32BE(flow.server, ip + 16)
  bytes.writeUInt16BE(flow.port, ip + 20)
  bytes.writeUInt16BE(53, ip + 22)
  bytes.writeUInt16BE(8 + PAYLOAD.length, ip + 24)
  bytes.writeUInt16BE(0, ip + 26)
  PAYLOAD.copy(bytes, ip + 28)
}
