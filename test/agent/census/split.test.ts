import t from 'tap'
import { splitCensus, streamsIn } from '../../../agent/census/split.js'
import type { ContextCensus } from '../../../core/census-message.js'
import { CONTEXT_NAMES } from '../../../core/contexts.js'

function contextsOf(...sizes: number[]): ContextCensus[] {
  return sizes.map((size, index) => {
    const patterns = Buffer.alloc(8 * size)
    for (let row = 0; row < size; row++) patterns.writeUInt32BE(row, 8 * row)
    const counts = Array.from({ length: size }, (_, row) => row + 1)
    return {
      context: CONTEXT_NAMES[index]!,
      inputMask: Buffer.alloc(8, 255),
      patterns,
      counts,
      overflow: index,
    }
  })
}

t.test('whatever the sizes, the parts together hold every pattern once', async (t) => {
  for (const sizes of [
    [],
    [0],
    [1],
    [3999, 1],
    [4000, 1],
    [4001],
    [0, 8192],
    [5000, 0, 3000, 192],
    [1, 1, 1, 8189],
  ]) {
    const contexts = contextsOf(...sizes)
    const parts = splitCensus(contexts)
    t.equal(
      parts.length,
      Math.max(1, Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 4000)),
      `${sizes}`,
    )
    for (const part of parts) {
      t.ok(part.reduce((sum, { counts }) => sum + counts.length, 0) <= 4000)
      t.equal(new Set(part.map(({ context }) => context)).size, part.length)
    }
    const joined = contexts.map((entry) => {
      const pieces = parts.flat().filter(({ context }) => context === entry.context)
      return {
        ...entry,
        patterns: Buffer.concat(pieces.map(({ patterns }) => patterns)),
        counts: pieces.flatMap(({ counts }) => counts),
        overflow: pieces.reduce((sum, { overflow }) => sum + overflow, 0),
      }
    })
    t.same(joined, contexts)
    t.equal(streamsIn(parts.flat()), streamsIn(contexts))
  }
})
