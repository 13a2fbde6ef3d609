/** libpcap LINKTYPE_ numbers (https://www.tcpdump.org/linktypes.html) of the encapsulations built here. */
export const LINK_TYPES = {
  ethernet: 1,
  vlan: 1,
  qinq: 1,
  pppoe: 1,
  mpls: 1,
  null: 0,
  ppp: 9,
  raw: 101,
  sll: 113,
  sll2: 276,
} as const

export type Encapsulation = keyof typeof LINK_TYPES

export const ENCAPSULATIONS = Object.keys(LINK_TYPES) as Encapsulation[]

export const TCP_FIN = 1
export const TCP_SYN = 2
export const TCP_ACK = 16

/** Most bytes of headers that writeFrame puts before a payload. */
export const MOST_HEADERS = 22 + 40 + 20

export interface FrameParts {
  encapsulation: Encapsulation
  ipVersion: 4 | 6
  transport: 'udp' | 'tcp'
  /** Last 32 bits of the address. */
  sourceHost: number
  sourcePort: number
  destinationHost: number
  destinationPort: number
  payload: Uint8Array
  /** TCP only. */
  sequence?: number
  acknowledgement?: number
  flags?: number
}

/** One frame with correct lengths. Checksums are zero: a capture often holds such packets, and nothing here checks them. */
export function buildFrame(parts: FrameParts): Buffer {
  const frame = Buffer.alloc(MOST_HEADERS + parts.payload.length)
  return frame.subarray(0, writeFrame(frame, 0, parts))
}

/**
 * Writes buildFrame's frame.
 * @param out zeros, with room for MOST_HEADERS and the payload from `at` on
 * @returns offset behind the frame
 */
export function writeFrame(out: Buffer, at: number, parts: FrameParts): number {
  const transport = (parts.transport === 'udp' ? 8 : 20) + parts.payload.length
  at = writeLink(out, at, parts, (parts.ipVersion === 4 ? 20 : 40) + transport)
  at = parts.ipVersion === 4 ? writeIpv4(out, at, parts, transport) : writeIpv6(out, at, parts, transport)
  at = parts.transport === 'udp' ? writeUdp(out, at, parts) : writeTcp(out, at, parts)
  out.set(parts.payload, at)
  return at + parts.payload.length
}

/** RFC 768. */
function writeUdp(out: Buffer, at: number, parts: FrameParts): number {
  out.writeUInt16BE(parts.sourcePort, at)
  out.writeUInt16BE(parts.destinationPort, at + 2)
  out.writeUInt16BE(8 + parts.payload.length, at + 4)
  return at + 8
}

/** RFC 9293, without options. */
function writeTcp(out: Buffer, at: number, parts: FrameParts): number {
  out.writeUInt16BE(parts.sourcePort, at)
  out.writeUInt16BE(parts.destinationPort, at + 2)
  out.writeUInt32BE((parts.sequence ?? 0) >>> 0, at + 4)
  out.writeUInt32BE((parts.acknowledgement ?? 0) >>> 0, at + 8)
  out[at + 12] = 5 << 4
  out[at + 13] = parts.flags ?? TCP_ACK
  out.writeUInt16BE(65535, at + 14)
  return at + 20
}

/** RFC 791, without options. */
function writeIpv4(out: Buffer, at: number, parts: FrameParts, transportLength: number): number {
  out[at] = 0x45
  out.writeUInt16BE(20 + transportLength, at + 2)
  out[at + 8] = 64
  out[at + 9] = parts.transport === 'udp' ? 17 : 6
  out.writeUInt32BE(parts.sourceHost >>> 0, at + 12)
  out.writeUInt32BE(parts.destinationHost >>> 0, at + 16)
  return at + 20
}

/** RFC 8200; addresses in the documentation prefix 2001:db8::/32. */
function writeIpv6(out: Buffer, at: number, parts: FrameParts, transportLength: number): number {
  out[at] = 0x60
  out.writeUInt16BE(transportLength, at + 4)
  out[at + 6] = parts.transport === 'udp' ? 17 : 6
  out[at + 7] = 64
  out.writeUInt32BE(0x20010db8, at + 8)
  out.writeUInt32BE(parts.sourceHost >>> 0, at + 20)
  out.writeUInt32BE(0x20010db8, at + 24)
  out.writeUInt32BE(parts.destinationHost >>> 0, at + 36)
  return at + 40
}

function writeLink(out: Buffer, at: number, parts: FrameParts, ipLength: number): number {
  const ethertype = parts.ipVersion === 4 ? 0x0800 : 0x86dd
  const ppp = parts.ipVersion === 4 ? 0x0021 : 0x0057
  switch (parts.encapsulation) {
    case 'ethernet':
      return writeU16(out, writeMacs(out, at), ethertype)
    case 'vlan': // IEEE 802.1Q
      return writeU16(out, writeMacs(out, at), 0x8100, 5, ethertype)
    case 'qinq': // IEEE 802.1ad
      return writeU16(out, writeMacs(out, at), 0x88a8, 100, 0x8100, 5, ethertype)
    case 'pppoe': // RFC 2516
      return writeU16(out, writeMacs(out, at), 0x8864, 0x1100, 7, ipLength + 2, ppp)
    case 'mpls': // RFC 3032: label 16, bottom of stack
      return writeU16(out, writeMacs(out, at), 0x8847, 0x0001, 0x0140)
    case 'null':
      // Address families of macOS; other systems have other numbers for IPv6.
      return writeU16(out, at, parts.ipVersion === 4 ? 0x0200 : 0x1e00, 0)
    case 'ppp':
      return writeU16(out, at, 0xff03, ppp)
    case 'raw':
      return at
    case 'sll':
      return writeU16(out, at, 0, 1, 6, 0x0200, 0, 0, 0, ethertype)
    case 'sll2':
      return writeU16(out, at, ethertype, 0, 0, 2, 1, 6, 0, 0, 0, 0)
  }
}

function writeMacs(out: Buffer, at: number): number {
  out.writeUInt32BE(0x02000000, at)
  out.writeUInt32BE(0x00010200, at + 4)
  out.writeUInt32BE(0x00000002, at + 8)
  return at + 12
}

/** @returns offset behind the numbers */
function writeU16(out: Buffer, at: number, ...numbers: number[]): number {
  for (let i = 0; i < numbers.length; i++) at = out.writeUInt16BE(numbers[i]!, at)
  return at
}
