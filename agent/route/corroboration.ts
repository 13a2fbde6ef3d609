import type { CorroborationName } from '../../core/corroboration.js'
import { looseRule } from '../../core/header-rules.js'
import type { StreamRecord } from '../../core/stream-record.js'

/** Bytes of a DNS header (RFC 1035 section 4.1.1). */
const HEADER_BYTES = 12

/**
 * What else speaks for or against a scored stream being DNS. A response over TCP may be longer than a packet, a query
 * hardly ever is: so the length prefix counts in queries only.
 */
export function corroborationOf(record: StreamRecord): CorroborationName[] {
  const { context, firstEight, payloadLength } = record
  const facts: CorroborationName[] = [looseRule(context, firstEight) ? 'rule-accepts' : 'rule-rejects']
  if (record.transport === 'udp' && payloadLength < HEADER_BYTES) facts.push('udp-below-header')
  if (context === 'tcp-query' && lengthPrefix(firstEight) > payloadLength) facts.push('prefix-beyond-packet')
  return facts
}

/** True when the hand-written rule stands against the model and no other fact stands with it. */
export function contradicted(record: StreamRecord): boolean {
  const facts = corroborationOf(record)
  return facts.length === 1 && facts[0] === 'rule-accepts'
}

function lengthPrefix(firstEight: Uint8Array): number {
  return (firstEight[0]! << 8) | firstEight[1]!
}
