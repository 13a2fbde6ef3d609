import { CONTEXT_NAMES, type ContextName } from './contexts.js'
import { constantOf, type KernelConstants, type KernelFunctions } from './kernel-exports.js'

/** The masked patterns of one context, in the order of their bytes. */
export interface PatternCounts {
  /** Eight bytes a pattern, one after another. */
  patterns: Uint8Array
  /** As many as there are patterns, each at least 1. */
  counts: number[]
  /** Streams whose pattern found no room in the table. */
  overflow: number
}

/** What the kernel counts about patterns and losses (assembly/telemetry/), when told to. A new model begins it anew. */
export class KernelTelemetry {
  readonly #functions: KernelFunctions
  readonly #constants: KernelConstants
  readonly #view: DataView

  constructor(functions: KernelFunctions, constants: KernelConstants) {
    this.#functions = functions
    this.#constants = constants
    this.#view = new DataView(functions.memory.buffer)
  }

  /** Begins to count patterns anew, or ends it. */
  countPatterns(on: boolean): void {
    this.#functions.enableCensus(on ? 1 : 0)
  }

  /** Begins to count losses anew, or ends it. */
  countLosses(on: boolean): void {
    this.#functions.enableLosses(on ? 1 : 0)
  }

  /** Patterns since they were last cleared, or since the counting began. */
  patterns(): Map<ContextName, PatternCounts> {
    const base = constantOf(this.#constants, 'CENSUS')
    const size = constantOf(this.#constants, 'CENSUS_ENTRY_BYTES')
    const found = CONTEXT_NAMES.map(() => [] as { pattern: bigint; count: number }[])
    for (let index = 0; index < constantOf(this.#constants, 'CENSUS_ENTRIES'); index++) {
      const entry = base + index * size
      const label = this.#view.getUint8(entry + 15)
      if (label === 0) continue
      const count =
        this.#view.getUint32(entry + 8, true) + (this.#view.getUint32(entry + 12, true) & 0xffffff) * 2 ** 32
      found[label - 1]!.push({ pattern: this.#view.getBigUint64(entry, false), count })
    }
    const overflowAt = constantOf(this.#constants, 'CENSUS_OVERFLOW')
    return new Map(
      CONTEXT_NAMES.map((name, context) => {
        const rows = found[context]!.sort((a, b) => (a.pattern < b.pattern ? -1 : 1))
        const patterns = Buffer.alloc(rows.length * 8)
        for (const [row, { pattern }] of rows.entries()) patterns.writeBigUInt64BE(pattern, row * 8)
        const overflow = Number(this.#view.getBigUint64(overflowAt + context * 8, true))
        return [name, { patterns, counts: rows.map(({ count }) => count), overflow }]
      }),
    )
  }

  clearPatterns(): void {
    this.#functions.clearCensus()
  }

  /** How many losses of a context fell into each bucket since the counting began; see `lossBucketEnds`. */
  losses(context: ContextName): number[] {
    const buckets = constantOf(this.#constants, 'LOSS_BUCKETS')
    const base = constantOf(this.#constants, 'LOSSES') + CONTEXT_NAMES.indexOf(context) * buckets * 8
    return Array.from({ length: buckets }, (_, bucket) =>
      Number(this.#view.getBigUint64(base + bucket * 8, true)),
    )
  }

  /** Where each bucket ends: the first loss that belongs to the next one. Ends differ by an eighth at most. */
  lossBucketEnds(): number[] {
    const one = constantOf(this.#constants, 'LOSS_ONE')
    return Array.from({ length: constantOf(this.#constants, 'LOSS_BUCKETS') }, (_, bucket) => {
      const next = bucket + 1
      const units = next < 8 ? next : (8 + (next % 8)) * 2 ** (Math.floor(next / 8) - 1)
      return units / one
    })
  }
}
