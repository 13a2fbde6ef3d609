import { buildFrame, type Encapsulation, type FrameParts, TCP_ACK, TCP_FIN, TCP_SYN } from './frames.js'
import type { Random } from './random.js'

const SERVERS = [0xc0000235, 0xc6336435, 0xcb007135]
const ENCAPSULATIONS: Encapsulation[] = ['ethernet', 'ethernet', 'ethernet', 'ethernet', 'vlan', 'qinq']
/** Flags of common queries (RD, RD and AD, RD and CD, none) and responses (NOERROR, NXDOMAIN, AA, SERVFAIL, REFUSED). */
const QUERY_FLAGS = [0x0100, 0x0100, 0x0100, 0x0120, 0x0110, 0x0000]
const RESPONSE_FLAGS = [0x8180, 0x8180, 0x8180, 0x8183, 0x81a0, 0x8580, 0x8182, 0x8185]

type Conversation = Pick<
  FrameParts,
  'encapsulation' | 'ipVersion' | 'sourceHost' | 'sourcePort' | 'destinationHost' | 'destinationPort'
>

/**
 * Seeded traffic of one branch: nine in ten packets are DNS over UDP or TCP (some in VLANs, some over IPv6, TCP messages
 * cut into pieces), the rest are other ports and, rarely, something else on port 53.
 * @returns Ethernet frames
 */
export function generateFrames(random: Random, count: number): Buffer[] {
  const frames: Buffer[] = []
  while (frames.length < count) {
    const conversation = newConversation(random)
    if (random.chance(0.12)) addOtherPort(frames, random, conversation)
    else if (random.chance(0.02)) addTcp(frames, random, conversation)
    else addUdp(frames, random, conversation)
  }
  frames.length = count
  return frames
}

/** A little-endian microsecond pcap file (draft-ietf-opsawg-pcap) of these frames, one a 10 microseconds. */
export function pcapOf(frames: readonly Uint8Array[], linkType = 1): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(65535, 16)
  header.writeUInt32LE(linkType, 20)
  const parts: Uint8Array[] = [header]
  frames.forEach((frame, index) => {
    const record = Buffer.alloc(16)
    record.writeUInt32LE(1_700_000_000 + Math.floor(index / 100_000), 0)
    record.writeUInt32LE((index % 100_000) * 10, 4)
    record.writeUInt32LE(frame.length, 8)
    record.writeUInt32LE(frame.length, 12)
    parts.push(record, frame)
  })
  return Buffer.concat(parts)
}

function newConversation(random: Random): Conversation {
  return {
    encapsulation: random.pick(ENCAPSULATIONS),
    ipVersion: random.chance(0.2) ? 6 : 4,
    sourceHost: 0x0a000000 + random.below(2000),
    sourcePort: 1024 + random.below(64512),
    destinationHost: random.pick(SERVERS),
    destinationPort: 53,
  }
}

function reversed(conversation: Conversation): Conversation {
  return {
    ...conversation,
    sourceHost: conversation.destinationHost,
    sourcePort: conversation.destinationPort,
    destinationHost: conversation.sourceHost,
    destinationPort: conversation.sourcePort,
  }
}

/** A DNS message (RFC 1035 4.1.1): header, then bytes that stand for the sections. */
export function dnsMessage(random: Random, flags: number, answers: number): Buffer {
  const message = Buffer.alloc(29 + answers * 16)
  message.writeUInt16BE(random.below(65536), 0)
  message.writeUInt16BE(flags, 2)
  message.writeUInt16BE(1, 4)
  message.writeUInt16BE(answers, 6)
  return message
}

export function dnsQuery(random: Random): Buffer {
  return dnsMessage(random, random.pick(QUERY_FLAGS), 0)
}

export function dnsResponse(random: Random, mostAnswers: number): Buffer {
  return dnsMessage(random, random.pick(RESPONSE_FLAGS), random.below(mostAnswers + 1))
}

function addUdp(frames: Buffer[], random: Random, conversation: Conversation): void {
  const foreign = random.chance(0.002)
  const query = foreign ? random.bytes(40) : dnsQuery(random)
  frames.push(buildFrame({ ...conversation, transport: 'udp', payload: query }))
  const response = foreign ? random.bytes(80) : dnsResponse(random, 4)
  frames.push(buildFrame({ ...reversed(conversation), transport: 'udp', payload: response }))
}

function addTcp(frames: Buffer[], random: Random, conversation: Conversation): void {
  const client = { next: random.next() }
  const server = { next: random.next() }
  const send = (fromClient: boolean, flags: number, payload: Uint8Array = new Uint8Array()) => {
    const [from, to] = fromClient ? [client, server] : [server, client]
    const direction = fromClient ? conversation : reversed(conversation)
    const numbers = { sequence: from.next, acknowledgement: to.next, flags }
    frames.push(buildFrame({ ...direction, transport: 'tcp', payload, ...numbers }))
    from.next = (from.next + payload.length + (flags & (TCP_SYN | TCP_FIN) ? 1 : 0)) >>> 0
  }
  const sendInPieces = (fromClient: boolean, bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; ) {
      const length = random.chance(0.2) ? 1 + random.below(4) : bytes.length - at
      send(fromClient, TCP_ACK, bytes.subarray(at, at + length))
      at += length
    }
  }
  send(true, TCP_SYN)
  send(false, TCP_SYN | TCP_ACK)
  send(true, TCP_ACK)
  for (let messages = 1 + random.below(3); messages > 0; messages--) {
    sendInPieces(true, withLength(dnsQuery(random)))
    sendInPieces(false, withLength(dnsResponse(random, 19)))
  }
  send(true, TCP_FIN | TCP_ACK)
  send(false, TCP_FIN | TCP_ACK)
}

/** RFC 1035 4.2.2. */
function withLength(message: Buffer): Buffer {
  const prefix = Buffer.alloc(2)
  prefix.writeUInt16BE(message.length, 0)
  return Buffer.concat([prefix, message])
}

function addOtherPort(frames: Buffer[], random: Random, conversation: Conversation): void {
  const other = { ...conversation, destinationPort: random.pick([80, 123, 443, 5060]) }
  const transport = random.pick(['udp', 'tcp'] as const)
  frames.push(buildFrame({ ...other, transport, payload: random.bytes(20 + random.below(1200)) }))
}
