import type { ContextName } from './contexts.js'

/**
 * Two hand-written rules over the same first eight bytes that the model sees: what an autoencoder has to be measured
 * against. They know the header's layout (RFC 1035 sections 4.1.1 and 4.2.2), the model does not.
 */

/** UPDATE (RFC 2136) and NOTIFY (RFC 1996) carry records in what would be a query's answer section. */
const NOTIFY = 4
const UPDATE = 5
const OPCODES = [0, NOTIFY, UPDATE]

/** No honest message of the first eight bytes' kind is known to carry more. */
const MOST_ANSWERS = 64

/** Highest response code that is in use without EDNS: NOTZONE, RFC 2136. */
const HIGHEST_RCODE = 10

/** Bytes of a DNS header. */
const HEADER_LENGTH = 12

/** A header and the shortest question: root name, type and class. */
const SHORTEST_QUESTION = HEADER_LENGTH + 5

interface Header {
  isUdp: boolean
  isQuery: boolean
  /** TCP: the two-byte length prefix. */
  prefix: number
  response: boolean
  opcode: number
  truncated: boolean
  recursionAvailable: boolean
  reserved: boolean
  rcode: number
  questions: number
  /** UDP only: over TCP the count lies behind the eighth byte, and is 0 here. */
  answers: number
}

/**
 * The loose rule: opcode 0, 4 or 5, reserved bit clear, one question, and over UDP at most 64 answers.
 * @param firstEight eight bytes: over TCP the length prefix comes first
 * @param length payload bytes of the datagram or stream; not looked at
 * @returns true when the bytes pass for DNS
 */
export function looseRule(context: ContextName, firstEight: Uint8Array, _length?: number): boolean {
  const header = readHeader(context, firstEight)
  return hasKnownFlags(header) && header.questions === 1 && header.answers <= MOST_ANSWERS
}

/**
 * The tuned rule, made after looking at much traffic: the loose rule's flags, and what else a query or a response of
 * that transport never has.
 * @param firstEight eight bytes: over TCP the length prefix comes first
 * @param length payload bytes of the UDP datagram; undefined when it is not known, then taken for long enough
 * @returns true when the bytes pass for DNS
 */
export function tunedRule(context: ContextName, firstEight: Uint8Array, length?: number): boolean {
  const header = readHeader(context, firstEight)
  if (!hasKnownFlags(header)) return false
  if (header.isUdp) {
    if (length !== undefined && length < HEADER_LENGTH) return false
  } else if (header.prefix < SHORTEST_QUESTION || header.questions !== 1) return false
  return header.isQuery ? isQuery(header) : isResponse(header)
}

function hasKnownFlags({ opcode, reserved }: Header): boolean {
  return OPCODES.includes(opcode) && !reserved
}

function isQuery(header: Header): boolean {
  const mostAnswers = header.opcode === 0 ? 0 : MOST_ANSWERS
  return (
    !header.response &&
    !header.recursionAvailable &&
    header.rcode === 0 &&
    header.questions === 1 &&
    header.answers <= mostAnswers
  )
}

function isResponse(header: Header): boolean {
  return (
    header.response &&
    header.rcode <= HIGHEST_RCODE &&
    header.questions <= 1 &&
    header.answers <= MOST_ANSWERS &&
    (header.isUdp || !header.truncated)
  )
}

function readHeader(context: ContextName, firstEight: Uint8Array): Header {
  const isUdp = context.startsWith('udp')
  const word = (offset: number) => (firstEight[offset]! << 8) | firstEight[offset + 1]!
  const flags = word(isUdp ? 2 : 4)
  return {
    isUdp,
    isQuery: context.endsWith('query'),
    prefix: isUdp ? 0 : word(0),
    response: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 15,
    truncated: (flags & 0x0200) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    reserved: (flags & 0x0040) !== 0,
    rcode: flags & 15,
    questions: word(isUdp ? 4 : 6),
    answers: isUdp ? word(6) : 0,
  }
}
