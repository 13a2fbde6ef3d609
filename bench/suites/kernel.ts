import { hasSimd } from '../../core/kernel.js'
import { checkClose, checkEqual } from '../checks.js'
import { KernelScorer } from '../kernel-scorer.js'
import { type Alternative, compare, type Figure, fastest, speedup, type Work } from '../measure.js'
import { batchWork, lossesInBatches } from '../rivals/batched.js'
import { JavaScriptNetwork } from '../rivals/javascript.js'
import { type Rivals, startRivals, stopRivals } from '../rivals/start.js'
import { BitUnpacker } from '../rivals/unpack.js'
import { measureTime, type Suite, type SuiteOptions, type SuiteResult } from '../suite.js'
import { dnsQuery } from '../traffic/dns.js'
import { Random } from '../traffic/random.js'

/** How many patterns, and of which context. */
export const PATTERNS = 8192
export const CONTEXT = 'udp-query'
/** Loss units in a loss of 1, and of the float networks in C, which leave out the mean. */
const LOSS_ONE = 2 ** 26
const NATIVE_LOSS_ONE = 64
const BATCHES = [16, 256, 1024, 4096]

/** Scores of eight-byte patterns alone: no packets, no flows. All contenders get bytes, or bits, and give losses. */
export const kernelSuite: Suite = {
  name: 'kernel',
  async run(options: SuiteOptions): Promise<SuiteResult> {
    const random = new Random(2).bytes(PATTERNS * 8)
    const rivals = await startRivals(options.model, CONTEXT, random, options.progress)
    try {
      return await measureKernel(rivals, random, options)
    } finally {
      await stopRivals(rivals)
    }
  },
}

/**
 * Measures the kernel beside these rivals.
 * @param random the patterns that the native rivals were started with
 */
export async function measureKernel(
  rivals: Rivals,
  random: Uint8Array,
  options: SuiteOptions,
): Promise<SuiteResult> {
  const { model, progress } = options
  const context = model.byContext.get(CONTEXT)!
  const builds = hasSimd() ? (['simd', 'scalar'] as const) : (['scalar'] as const)
  const scorers = await Promise.all(builds.map((build) => KernelScorer.load(build, model, CONTEXT)))
  const javascript = javaScriptWork(new JavaScriptNetwork(context), random)
  const unpacker = new BitUnpacker(context.inputMask)
  const runners = [rivals.onnxruntime, rivals.tensorflow].filter((runner) => runner !== undefined)
  const dns = dnsPatterns(new Random(1))

  progress('checking that all give the same losses')
  const [best] = scorers as [KernelScorer, ...KernelScorer[]]
  const units = best.losses(random, { memo: false })
  const losses = units.map((loss) => loss / LOSS_ONE)
  checkEqual(javascript.losses(), units, 'javascript and the kernel')
  for (const scorer of scorers) {
    checkEqual(scorer.losses(random, { memo: false }), units, `${scorer.build} and ${best.build}`)
    const memo = scorer.losses(dns, { memo: true })
    checkEqual(memo, scorer.losses(dns, { memo: false }), `${scorer.build} with and without memo`)
  }
  for (const native of [rivals.native, rivals.unrolled]) {
    if (native === undefined) continue
    checkEqual(await native.losses('int16'), units, 'C int16 and the kernel')
    const inFloats = (await native.losses('float')).map((loss) => loss / NATIVE_LOSS_ONE)
    checkClose(inFloats, losses, 'C float and the kernel')
  }
  for (const runner of runners) {
    const inFloats = await lossesInBatches(runner, unpacker, random, 1024)
    checkClose(inFloats, losses, `${runner.name} and the kernel`)
  }

  const measure = { operations: PATTERNS, ...measureTime(options) }
  const runnerWork = (batch: number, count: number, unpacking: boolean) =>
    runners.map((runner) => batchWork(runner, unpacker, random, count, batch, unpacking))
  progress('measuring single scores')
  const single = await compare(
    [...scorers.map((scorer) => scorer.oneByOne(random)), ...runnerWork(1, 16, false)],
    measure,
  )
  progress('measuring batches')
  const batch = await compare(
    [
      ...scorers.map((scorer) => scorer.inBatch(random, { memo: false })),
      javascript.work,
      ...nativeWork(rivals),
      ...BATCHES.flatMap((size) => [
        ...runnerWork(size, Math.max(512, size), false),
        ...runnerWork(size, Math.max(512, size), true),
      ]),
    ],
    measure,
  )
  progress('measuring the memo')
  const memo = await compare(
    scorers.flatMap((scorer) => [true, false].map((on) => scorer.inBatch(dns, { memo: on }))),
    measure,
  )
  return {
    comparisons: [
      { name: 'single', operation: 'scores', figures: single },
      { name: 'batch', operation: 'scores', figures: batch },
      { name: 'dns', operation: 'scores', figures: memo },
    ],
    ratios: ratiosOf(single, batch),
    absent: rivals.absent,
  }
}

/** The ratios whose both sides were measured. */
function ratiosOf(single: readonly Figure[], batch: readonly Figure[]): NonNullable<SuiteResult['ratios']> {
  const ratios: NonNullable<SuiteResult['ratios']> = {}
  const put = (name: keyof typeof ratios, ours: Figure | undefined, rival: Figure | undefined) => {
    if (ours && rival) ratios[name] = speedup(ours, rival)
  }
  const named = (figures: readonly Figure[], name: string) => figures.find((figure) => figure.name === name)
  const onnx = (pattern: RegExp) => fastest(batch.filter(({ name }) => pattern.test(name)))
  const simd = named(batch, 'simd')
  put('single_vs_onnxruntime', named(single, 'simd'), named(single, 'onnxruntime-1'))
  put('batch_vs_onnxruntime', simd, onnx(/^onnxruntime-\d+$/))
  put('batch_vs_onnxruntime_unpacked', simd, onnx(/^onnxruntime-\d+-unpacking$/))
  put('int16_vs_c_float', simd, named(batch, 'c-float'))
  put('int16_vs_c_int16', simd, named(batch, 'c-int16'))
  put('scalar_vs_js', named(batch, 'scalar'), named(batch, 'javascript'))
  return ratios
}

function nativeWork({ native, unrolled }: Rivals): Alternative[] {
  return [
    ...(native ? [native.work('float', 'c-float'), native.work('int16', 'c-int16')] : []),
    ...(unrolled ? [unrolled.work('float', 'c-float-unrolled')] : []),
  ]
}

function javaScriptWork(
  network: JavaScriptNetwork,
  patterns: Uint8Array,
): { work: Work; losses(): Float64Array } {
  const losses = new Float64Array(patterns.length / 8)
  const run = () => {
    for (let i = 0; i < losses.length; i++) losses[i] = network.loss(patterns, i * 8)
  }
  return {
    work: { name: 'javascript', run },
    losses() {
      run()
      return losses
    },
  }
}

/** Headers of common queries with random ids: what the memo meets on a real line. */
function dnsPatterns(random: Random): Uint8Array {
  const patterns = Buffer.alloc(PATTERNS * 8)
  for (let i = 0; i < PATTERNS; i++) dnsQuery(random).copy(patterns, i * 8, 0, 8)
  return patterns
}
