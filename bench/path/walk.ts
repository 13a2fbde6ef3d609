import { Kernel } from '../../core/kernel.js'
import type { KernelCounters } from '../../core/kernel-counters.js'
import type { ModelFile } from '../../core/model-file.js'
import type { Work } from '../measure.js'

const CHUNK_BYTES = 262_144

/** A capture in memory, walked in chunks by one build of the kernel: no file is read, no other process runs. */
export class Walk implements Work {
  readonly name: string
  readonly #kernel: Kernel
  readonly #capture: Buffer

  private constructor(name: string, kernel: Kernel, capture: Buffer) {
    this.name = name
    this.#kernel = kernel
    this.#capture = capture
  }

  static async load(
    build: 'simd' | 'scalar',
    memo: boolean,
    capture: Buffer,
    model: ModelFile,
  ): Promise<Walk> {
    const kernel = await Kernel.load({ build, seed: 1 })
    kernel.setServerPorts([53])
    kernel.loadModel(model)
    kernel.functions.enableMemo(memo ? 1 : 0)
    return new Walk(memo ? `${build}-memo` : build, kernel, capture)
  }

  run(): void {
    const kernel = this.#kernel
    kernel.reset(1)
    for (let at = 0; at < this.#capture.length; ) {
      const length = this.#capture.copy(kernel.inputSpace(), 0, at, at + CHUNK_BYTES)
      at += length
      let outcome = kernel.walk(length, Number.POSITIVE_INFINITY)
      kernel.takeRecords(() => {})
      while (outcome === 'records-full') {
        outcome = kernel.walk(0, Number.POSITIVE_INFINITY)
        kernel.takeRecords(() => {})
      }
      if (outcome !== 'all') throw new Error(`the walk ended with ${outcome}`)
    }
  }

  /** What one run counts, apart from the memo's hits. */
  counters(): KernelCounters {
    this.run()
    return withoutMemo(this.#kernel.counters())
  }
}

/** The counters that no memo changes. */
export function withoutMemo(counters: KernelCounters): KernelCounters {
  return { ...counters, memoHits: 0, memoMisses: 0 }
}
