import { CONTEXT_NAMES } from '../../core/contexts.js'
import type { Census } from '../../lab/census/census.js'
import { seededRandom } from '../../lab/evaluate/statistics.js'

/** A census of made-up protocols that are not DNS, ten patterns each in every context, nothing masked. */
export function attackCensus(labels: number): Census {
  const random = seededRandom(17)
  const programs = Array.from({ length: labels }, (_, index) => `protocol-${String(index).padStart(2, '0')}`)
  return {
    captures: programs.map((program) => ({
      name: `attack-${program}.pcap`,
      sha256: 'f'.repeat(64),
      program,
      software: [],
      commands: [],
    })),
    masks: new Map(CONTEXT_NAMES.map((context) => [context, new Uint8Array(8).fill(255)])),
    rows: CONTEXT_NAMES.flatMap((context) =>
      programs.flatMap((program) => {
        const patterns = Array.from({ length: 10 }, () =>
          Buffer.from(Array.from({ length: 8 }, () => Math.floor(random() * 256))).toString('hex'),
        )
        return [...new Set(patterns)].sort().map((pattern) => ({ context, program, pattern, count: 1 }))
      }),
    ),
  }
}
