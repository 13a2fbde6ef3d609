import { createHash } from 'node:crypto'

/** IP protocol numbers (IANA). */
const PROTOCOL = { udp: 17, tcp: 6 } as const

/** The two ends and the transport of a flow. Addresses are 4 or 16 bytes, network byte order, both of one length. */
export interface FlowEnds {
  transport: 'udp' | 'tcp'
  clientAddress: Uint8Array
  clientPort: number
  serverAddress: Uint8Array
  serverPort: number
}

/**
 * Community ID version 1 with seed 0, such as `1:d/FP5EW3wiY1vCndhwleRRKHowQ=`: the same for both directions, and the
 * same in Zeek, Suricata and Wireshark.
 *
 * SHA-1 over seed (2 bytes), lower address, higher address, protocol, a zero byte, and the two ports (2 bytes each,
 * network byte order) in the addresses' order. Source: https://github.com/corelight/community-id-spec
 */
export function communityId(flow: FlowEnds): string {
  const { clientAddress, clientPort, serverAddress, serverPort } = flow
  const order = Buffer.compare(clientAddress, serverAddress)
  const clientFirst = order < 0 || (order === 0 && clientPort <= serverPort)
  const length = clientAddress.length
  const bytes = Buffer.alloc(2 + 2 * length + 6)
  bytes.set(clientFirst ? clientAddress : serverAddress, 2)
  bytes.set(clientFirst ? serverAddress : clientAddress, 2 + length)
  bytes.writeUInt8(PROTOCOL[flow.transport], 2 + 2 * length)
  bytes.writeUInt16BE(clientFirst ? clientPort : serverPort, 4 + 2 * length)
  bytes.writeUInt16BE(clientFirst ? serverPort : clientPort, 6 + 2 * length)
  return `1:${createHash('sha1').update(bytes).digest('base64')}`
}
