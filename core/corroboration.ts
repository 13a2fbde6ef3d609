import type { ContextName } from './contexts.js'
import { looseRule } from './header-rules.js'

/**
 * Facts about a stream that the model does not see, by the names that alerts carry (Anomaly.corroboration), and what
 * each means. They never enter the score.
 */
export const CORROBORATION = {
  'rule-rejects': 'the hand-written rule does not take the eight bytes for DNS either',
  'rule-accepts': 'the hand-written rule takes the eight bytes for DNS, against the model',
  'udp-below-header': 'the datagram is shorter than a DNS header (12 bytes)',
  'prefix-beyond-packet': 'the TCP length prefix claims more bytes than the packet carried',
  'both-directions': 'both directions of the flow deviate',
} as const

export type CorroborationName = keyof typeof CORROBORATION

/** What a name in an alert means; a name of a later version stands for itself. */
export function corroborationText(name: string): string {
  return Object.hasOwn(CORROBORATION, name) ? CORROBORATION[name as CorroborationName] : name
}

/** What corroboration looks at. */
export interface CorroborationInput {
  context: ContextName
  /** Eight bytes. */
  firstEight: Uint8Array
  /** Payload bytes of the datagram, or of the packet that completed the eight bytes; undefined when not known. */
  payloadLength: number | undefined
}

/** Bytes of a DNS header (RFC 1035 section 4.1.1). */
const HEADER_BYTES = 12

/**
 * What else speaks for or against a scored stream being DNS. A response over TCP may be longer than a packet, a query
 * hardly ever is: so the length prefix counts in queries only.
 */
export function corroborationOf(stream: CorroborationInput): CorroborationName[] {
  const { context, firstEight, payloadLength: length = Number.NaN } = stream
  const facts: CorroborationName[] = [looseRule(context, firstEight) ? 'rule-accepts' : 'rule-rejects']
  if (context.startsWith('udp') && length < HEADER_BYTES) facts.push('udp-below-header')
  if (context === 'tcp-query' && lengthPrefix(firstEight) > length) facts.push('prefix-beyond-packet')
  return facts
}

/** True when the hand-written rule stands against the model and no other fact stands with it. */
export function contradicted(stream: CorroborationInput): boolean {
  const facts = corroborationOf(stream)
  return facts.length === 1 && facts[0] === 'rule-accepts'
}

function lengthPrefix(firstEight: Uint8Array): number {
  return (firstEight[0]! << 8) | firstEight[1]!
}
