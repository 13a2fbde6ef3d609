import { type ContextCensus, PART_PATTERNS } from '../../core/census-message.js'

/** Cuts a census into lists that fit one message each. There is one at least; the first also tells of contexts without patterns. */
export function splitCensus(contexts: readonly ContextCensus[]): ContextCensus[][] {
  const parts: ContextCensus[][] = [
    contexts.map((entry) => ({ ...entry, patterns: new Uint8Array(0), counts: [] })),
  ]
  let room = PART_PATTERNS
  for (const [index, entry] of contexts.entries()) {
    for (let from = 0; from < entry.counts.length; ) {
      if (room === 0) {
        parts.push([])
        room = PART_PATTERNS
      }
      const end = Math.min(entry.counts.length, from + room)
      const piece = {
        patterns: entry.patterns.subarray(8 * from, 8 * end),
        counts: entry.counts.slice(from, end),
      }
      const part = parts.at(-1)!
      if (parts.length === 1) Object.assign(part[index]!, piece)
      else part.push({ ...entry, ...piece, overflow: 0 })
      room -= end - from
      from = end
    }
  }
  return parts
}

/** Streams that a census counts, with those that found no room. */
export function streamsIn(contexts: readonly ContextCensus[]): number {
  return contexts.reduce(
    (sum, { counts, overflow }) => counts.reduce((total, count) => total + count, sum) + overflow,
    0,
  )
}
