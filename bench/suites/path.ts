import { isDeepStrictEqual } from 'node:util'
import { hasSimd, Kernel } from '../../core/kernel.js'
import type { KernelCounters } from '../../core/kernel-counters.js'
import type { ModelFile } from '../../core/model-file.js'
import { compare, type Work } from '../measure.js'
import { measureTime, type Suite, type SuiteOptions, type SuiteResult } from '../suite.js'
import { pcapOf, trafficFrames } from '../traffic/capture.js'

const PACKETS = 50_000
const CHUNK_BYTES = 262_144

/** A capture, chunk by chunk: copied into the kernel, walked, decoded, assembled, scored; records taken. No file is read. */
export const pathSuite: Suite = {
  name: 'path',
  async run(options: SuiteOptions): Promise<SuiteResult> {
    const capture = pcapOf(trafficFrames({ seed: 1, packets: PACKETS, flows: 10_000 }))
    const builds = hasSimd() ? (['simd', 'scalar'] as const) : (['scalar'] as const)
    const walks = await Promise.all(
      builds.flatMap((build) => [true, false].map((memo) => Walk.load(build, memo, capture, options.model))),
    )
    const [first, ...others] = walks as [Walk, ...Walk[]]
    const expected = first.counters()
    if (expected.packets !== PACKETS) throw new Error(`${expected.packets} of ${PACKETS} packets were walked`)
    for (const walk of others) {
      if (!isDeepStrictEqual(walk.counters(), expected)) {
        throw new Error(`${walk.name} and ${first.name} count differently`)
      }
    }
    const figures = await compare(walks, { operations: PACKETS, ...measureTime(options) })
    return { comparisons: [{ name: 'decode', operation: 'packets', figures }] }
  },
}

class Walk implements Work {
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
    return { ...this.#kernel.counters(), memoHits: 0, memoMisses: 0 }
  }
}
