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
