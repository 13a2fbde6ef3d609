import { CONTEXT_NAMES, type ContextName } from '../core/contexts.js'
import { Kernel } from '../core/kernel.js'
import type { ModelFile } from '../core/model-file.js'
import type { Work } from './measure.js'

/** One build of the kernel that scores eight-byte patterns of one context: no packets, no flows. */
export class KernelScorer {
  readonly build: 'simd' | 'scalar'
  readonly #kernel: Kernel
  readonly #context: number

  private constructor(build: 'simd' | 'scalar', kernel: Kernel, context: number) {
    this.build = build
    this.#kernel = kernel
    this.#context = context
  }

  static async load(build: 'simd' | 'scalar', model: ModelFile, context: ContextName): Promise<KernelScorer> {
    const kernel = await Kernel.load({ build, seed: 1 })
    kernel.loadModel(model)
    return new KernelScorer(build, kernel, CONTEXT_NAMES.indexOf(context))
  }

  /** Scores all patterns in one call, copied to the kernel's memory first. */
  inBatch(patterns: Uint8Array, options: { memo: boolean }): Work {
    const { functions, constants } = this.#kernel
    const input = new Uint8Array(functions.memory.buffer, constants.INPUT, patterns.length)
    return {
      name: options.memo ? `${this.build}-memo` : this.build,
      run: () => {
        functions.enableMemo(options.memo ? 1 : 0)
        input.set(patterns)
        functions.scoreBatch(this.#context, patterns.length / 8)
      },
    }
  }

  /** Scores the patterns one by one: a call for each, without memo. */
  oneByOne(patterns: Uint8Array): Work {
    const { functions, constants } = this.#kernel
    const values = new BigUint64Array(patterns.buffer, patterns.byteOffset, patterns.length / 8)
    const packet = new BigUint64Array(functions.memory.buffer, constants.PACKET, 1)
    return {
      name: this.build,
      run: () => {
        functions.enableMemo(0)
        for (let i = 0; i < values.length; i++) {
          packet[0] = values[i]!
          functions.score(this.#context)
        }
      },
    }
  }

  /** Loss of each pattern, in units of 2^-26. */
  losses(patterns: Uint8Array, options: { memo: boolean }): Float64Array {
    const { functions, constants } = this.#kernel
    this.inBatch(patterns, options).run()
    return Float64Array.from(new Uint32Array(functions.memory.buffer, constants.RECORDS, patterns.length / 8))
  }
}
