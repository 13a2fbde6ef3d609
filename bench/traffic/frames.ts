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
  const transport = parts.transport === 'udp' ? udp(parts) : tcp(parts)
  const ip = parts.ipVersion === 4 ? ipv4(parts, transport) : ipv6(parts, transport)
  return Buffer.concat([linkHeader(parts.encapsulation, parts.ipVersion, ip.length), ip])
}

/** RFC 768. */
function udp(parts: FrameParts): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt16BE(parts.sourcePort, 0)
  header.writeUInt16BE(parts.destinationPort, 2)
  header.writeUInt16BE(8 + parts.payload.length, 4)
  return Buffer.concat([header, parts.payload])
}

/** RFC 9293, without options. */
function tcp(parts: FrameParts): Buffer {
  const header = Buffer.alloc(20)
  header.writeUInt16BE(parts.sourcePort, 0)
  header.writeUInt16BE(parts.destinationPort, 2)
  header.writeUInt32BE((parts.sequence ?? 0) >>> 0, 4)
  header.writeUInt32BE((parts.acknowledgement ?? 0) >>> 0, 8)
  header[12] = 5 << 4
  header[13] = parts.flags ?? TCP_ACK
  header.writeUInt16BE(65535, 14)
  return Buffer.concat([header, parts.payload])
}

/** RFC 791, without options. */
function ipv4(parts: FrameParts, transport: Buffer): Buffer {
  const header = Buffer.alloc(20)
  header[0] = 0x45
  header.writeUInt16BE(20 + transport.length, 2)
  header[8] = 64
  header[9] = parts.transport === 'udp' ? 17 : 6
  header.writeUInt32BE(parts.sourceHost >>> 0, 12)
  header.writeUInt32BE(parts.destinationHost >>> 0, 16)
  return Buffer.concat([header, transport])
}

/** RFC 8200; addresses in the documentation prefix 2001:db8::/32. */
function ipv6(parts: FrameParts, transport: Buffer): Buffer {
  const header = Buffer.alloc(40)
  header[0] = 0x60
  header.writeUInt16BE(transport.length, 4)
  header[6] = parts.transport === 'udp' ? 17 : 6
  header[7] = 64
  header.writeUInt32BE(0x20010db8, 8)
  header.writeUInt32BE(parts.sourceHost >>> 0, 20)
  header.writeUInt32BE(0x20010db8, 24)
  header.writeUInt32BE(parts.destinationHost >>> 0, 36)
  return Buffer.concat([header, transport])
}

function linkHeader(encapsulation: Encapsulation, ipVersion: 4 | 6, ipLength: number): Buffer {
  const addresses = Buffer.from('020000000001020000000002', 'hex')
  const ethertype = u16(ipVersion === 4 ? 0x0800 : 0x86dd)
  const ppp = u16(ipVersion === 4 ? 0x0021 : 0x0057)
  switch (encapsulation) {
    case 'ethernet':
      return Buffer.concat([addresses, ethertype])
    case 'vlan': // IEEE 802.1Q
      return Buffer.concat([addresses, u16(0x8100, 5), ethertype])
    case 'qinq': // IEEE 802.1ad
      return Buffer.concat([addresses, u16(0x88a8, 100, 0x8100, 5), ethertype])
    case 'pppoe': // RFC 2516
      return Buffer.concat([addresses, u16(0x8864, 0x1100, 7, ipLength + 2), ppp])
    case 'mpls': // RFC 3032: label 16, bottom of stack
      return Buffer.concat([addresses, u16(0x8847, 0x0001, 0x0140)])
    case 'null':
      // Address families of macOS; other systems have other numbers for IPv6.
      return Buffer.from([ipVersion === 4 ? 2 : 30, 0, 0, 0])
    case 'ppp':
      return Buffer.concat([u16(0xff03), ppp])
    case 'raw':
      return Buffer.alloc(0)
    case 'sll':
      return Buffer.concat([u16(0, 1, 6, 0x0200, 0, 0, 0), ethertype])
    case 'sll2':
      return Buffer.concat([ethertype, u16(0, 0, 2, 1), Buffer.from([0, 6]), Buffer.alloc(8)])
  }
}

function u16(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 2)
  numbers.forEach((number, index) => {
    bytes.writeUInt16BE(number, index * 2)
  })
  return bytes
}
