import type { CensusPart, ContextCensus } from '../../core/census-message.js'
import { sampleHeader } from './sample-messages.js'

/** A context's counts from patterns in hex, ascending, by count. */
export function contextCensus(
  context: ContextCensus['context'],
  counts: Record<string, number>,
  overflow = 0,
): ContextCensus {
  return {
    context,
    inputMask: Buffer.from('0000ffffffffffff', 'hex'),
    patterns: Buffer.from(Object.keys(counts).join(''), 'hex'),
    counts: Object.values(counts),
    overflow,
  }
}

/** A valid message of a census. */
export function sampleCensus(change: Partial<CensusPart> = {}): CensusPart {
  return {
    header: sampleHeader(),
    number: 2,
    part: 1,
    parts: 1,
    fromMicroseconds: 1_790_000_000_000_000,
    toMicroseconds: 1_790_003_600_000_000,
    modelId: 'ab'.repeat(32),
    contexts: [
      contextCensus('udp-query', { '0000010000010000': 40, '0000012000010000': 2 }),
      contextCensus('udp-response', { '0000818000010001': 39 }, 5),
    ],
    ...change,
  }
}
