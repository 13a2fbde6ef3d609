import { CONTEXT_NAMES } from '../../core/contexts.js'
import { hasSimd, Kernel } from '../../core/kernel.js'
import type { ModelFile } from '../../core/model-file.js'
import { compare, type Figure, speedup, type Work } from '../measure.js'
import { JavaScriptNetwork } from '../rivals/javascript.js'
import { measureTime, type Suite, type SuiteOptions, type SuiteResult } from '../suite.js'
import { dnsQuery } from '../traffic/dns.js'
import { Random } from '../traffic/random.js'

const PATTERNS = 8192
const CONTEXT = 'udp-query'

/** Scores of eight-byte patterns alone: no packets, no flows. */
export const kernelSuite: Suite = {
  name: 'kernel',
  async run(options: SuiteOptions): Promise<SuiteResult> {
    const measure = { operations: PATTERNS, ...measureTime(options) }
    const dns = dnsPatterns(new Random(1))
    const random = new Random(2).bytes(PATTERNS * 8)
    const javascript = new JavaScriptNetwork(options.model.byContext.get(CONTEXT)!)
    const losses = new Float64Array(PATTERNS)
    const inJavaScript: Work = {
      name: 'javascript',
      run: () => {
        for (let i = 0; i < PATTERNS; i++) losses[i] = javascript.loss(random, i * 8)
      },
    }
    const batches = await Promise.all(
      (hasSimd() ? (['simd', 'scalar'] as const) : (['scalar'] as const)).map((build) =>
        ScoreBatch.load(build, options.model),
      ),
    )
    const noMemo = [...batches.map((batch) => batch.alternative(random, false)), inJavaScript]
    inJavaScript.run()
    for (const batch of batches) {
      checkEqual(batch.losses(random, false), losses, `${batch.build} and javascript`)
      checkEqual(batch.losses(dns, true), batch.losses(dns, false), `${batch.build} with and without memo`)
    }
    const [best] = batches as [ScoreBatch, ...ScoreBatch[]]
    const without = await compare(noMemo, measure)
    const dnsFigures = await compare([best.alternative(dns, true), best.alternative(dns, false)], measure)
    const figure = (name: string): Figure => without.find((figure) => figure.name === name)!
    return {
      comparisons: [
        { name: 'score-no-memo', operation: 'scores', figures: without },
        { name: 'score-dns', operation: 'scores', figures: dnsFigures },
      ],
      ratios: { scalar_vs_js: speedup(figure('scalar'), figure('javascript')) },
    }
  },
}

/** Headers of common queries with random ids: what the memo meets on a real line. */
function dnsPatterns(random: Random): Uint8Array {
  const patterns = Buffer.alloc(PATTERNS * 8)
  for (let i = 0; i < PATTERNS; i++) dnsQuery(random).copy(patterns, i * 8, 0, 8)
  return patterns
}

/** One build of the kernel with a batch of patterns in its memory. */
class ScoreBatch {
  readonly build: string
  readonly #kernel: Kernel
  readonly #input: Uint8Array
  readonly #results: Uint32Array

  private constructor(kernel: Kernel) {
    this.build = kernel.build
    this.#kernel = kernel
    const { buffer } = kernel.functions.memory
    this.#input = new Uint8Array(buffer, kernel.constants.INPUT, PATTERNS * 8)
    this.#results = new Uint32Array(buffer, kernel.constants.RECORDS, PATTERNS)
  }

  static async load(build: 'simd' | 'scalar', model: ModelFile): Promise<ScoreBatch> {
    const kernel = await Kernel.load({ build, seed: 1 })
    kernel.loadModel(model)
    return new ScoreBatch(kernel)
  }

  alternative(patterns: Uint8Array, memo: boolean): Work {
    const context = CONTEXT_NAMES.indexOf(CONTEXT)
    return {
      name: memo ? `${this.build}-memo` : this.build,
      run: () => {
        this.#kernel.functions.enableMemo(memo ? 1 : 0)
        this.#input.set(patterns)
        this.#kernel.functions.scoreBatch(context, PATTERNS)
      },
    }
  }

  losses(patterns: Uint8Array, memo: boolean): Float64Array {
    this.alternative(patterns, memo).run()
    return Float64Array.from(this.#results)
  }
}

function checkEqual(some: Float64Array, other: Float64Array, what: string): void {
  const at = some.findIndex((loss, index) => loss !== other[index])
  if (at !== -1) throw new Error(`${what} differ at pattern ${at}: ${some[at]} and ${other[at]}`)
}
