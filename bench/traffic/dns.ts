import type { Random } from './random.js'

/** Flags of common queries (RD, RD and AD, RD and CD, none) and responses (NOERROR, NXDOMAIN, AA, SERVFAIL, REFUSED). */
const QUERY_FLAGS = [0x0100, 0x0100, 0x0100, 0x0120, 0x0110, 0x0000]
const RESPONSE_FLAGS = [0x8180, 0x8180, 0x8180, 0x8183, 0x81a0, 0x8580, 0x8182, 0x8185]
const HOSTS = ['www', 'mail', 'api', 'cdn', 'static', 'login', 'update', 'time'].map((label) =>
  Buffer.from(label),
)
const TOP_LEVELS = ['com', 'net', 'org', 'example', 'de', 'io'].map((label) => Buffer.from(label))

const HEADER = 12
const A = 1
const AAAA = 28
const OPT = 41

/**
 * A DNS message (RFC 1035 4.1): header, one question for a made-up name, `answers` address records for that name and,
 * in two of three messages, an EDNS record (RFC 6891 6.1).
 */
export function dnsMessage(random: Random, flags: number, answers: number): Buffer {
  const type = random.chance(0.3) ? AAAA : A
  const host = random.pick(HOSTS)
  const domain = 4 + random.below(12)
  const topLevel = random.pick(TOP_LEVELS)
  const question = host.length + domain + topLevel.length + 8
  const answerLength = type === A ? 16 : 28
  const edns = random.chance(2 / 3)
  const message = Buffer.allocUnsafe(HEADER + question + answers * answerLength + (edns ? 11 : 0)).fill(0)
  message.writeUInt16BE(random.below(65536), 0)
  message.writeUInt16BE(flags, 2)
  message.writeUInt16BE(1, 4)
  message.writeUInt16BE(answers, 6)
  message.writeUInt16BE(edns ? 1 : 0, 10)
  let at = writeLabel(message, HEADER, host)
  message[at++] = domain
  for (const end = at + domain; at < end; at++) message[at] = 97 + random.below(26)
  at = writeLabel(message, at, topLevel) + 1
  message.writeUInt16BE(type, at)
  message.writeUInt16BE(1, at + 2)
  at += 4
  for (let answer = 0; answer < answers; answer++) {
    message.writeUInt16BE(0xc000 | HEADER, at) // the question's name, compressed (RFC 1035 4.1.4)
    message.writeUInt16BE(type, at + 2)
    message.writeUInt16BE(1, at + 4)
    message.writeUInt32BE(300, at + 6)
    message.writeUInt16BE(answerLength - 12, at + 10)
    message.writeUInt32BE(random.next(), at + answerLength - 4)
    at += answerLength
  }
  if (edns) {
    message.writeUInt16BE(OPT, at + 1)
    message.writeUInt16BE(1232, at + 3)
  }
  return message
}

/** @returns offset behind the label */
function writeLabel(message: Buffer, at: number, label: Buffer): number {
  message[at] = label.length
  message.set(label, at + 1)
  return at + 1 + label.length
}

export function dnsQuery(random: Random): Buffer {
  return dnsMessage(random, random.pick(QUERY_FLAGS), 0)
}

export function dnsResponse(random: Random, mostAnswers: number): Buffer {
  return dnsMessage(random, random.pick(RESPONSE_FLAGS), random.below(mostAnswers + 1))
}

/** The message with its length before it, as TCP carries it (RFC 1035 4.2.2). */
export function withLength(message: Buffer): Buffer {
  const prefixed = Buffer.allocUnsafe(2 + message.length)
  prefixed.writeUInt16BE(message.length, 0)
  prefixed.set(message, 2)
  return prefixed
}
