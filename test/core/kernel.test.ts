import t from 'tap'
import { CONTEXT_NAMES } from '../../core/contexts.js'
import { hasSimd, Kernel, type KernelBuild } from '../../core/kernel.js'
import { constantOf } from '../../core/kernel-exports.js'
import { encodeModelFile } from '../../core/model-file.js'
import { runScoringSuite } from '../reference/suite.js'
import { randomModel } from '../support/random-model.js'

const BUILDS: KernelBuild[] = ['debug', 'scalar', ...(hasSimd() ? (['simd'] as const) : [])]

for (const build of BUILDS) {
  const kernel = await Kernel.load({ build })
  runScoringSuite(t, {
    name: build,
    load: (model) => kernel.loadModel(model),
    score: (index, bytes) => kernel.score(CONTEXT_NAMES[index]!, bytes),
  })
  t.test(`${build}: the memo changes no loss`, async (t) => {
    kernel.loadModel(encodeModelFile(randomModel({ seed: 71 })))
    const losses = (memo: number) => {
      kernel.functions.enableMemo(memo)
      return CONTEXT_NAMES.map((context) =>
        Array.from(
          { length: 500 },
          (_, n) => kernel.score(context, Uint8Array.of(0, n, 1, n & 3, n * 7, 0, 0, 1)).lossUnits,
        ),
      )
    }
    const without = losses(0)
    t.same(losses(1), without)
    t.same(losses(1), without, 'nor on a hit')
    t.ok(kernel.counters().memoHits > 0)
  })
  t.test(`${build}: a batch of any length has the losses of its patterns one by one`, async (t) => {
    kernel.loadModel(encodeModelFile(randomModel({ seed: 73, hidden: 24, bottleneck: 16 })))
    const { functions, constants } = kernel
    const patterns = Array.from({ length: 103 }, (_, n) =>
      Uint8Array.of(n, n * 5, 1, n % 5, n * 7, 0, n & 1, 1),
    )
    const singly = patterns.map((pattern) => kernel.score('tcp-response', pattern).lossUnits)
    const input = new Uint8Array(functions.memory.buffer, constantOf(constants, 'INPUT'))
    for (const [index, pattern] of [...patterns, ...patterns].entries()) input.set(pattern, index * 8)
    const losses = new Uint32Array(functions.memory.buffer, constantOf(constants, 'RECORDS'))
    for (const memo of [0, 1]) {
      functions.enableMemo(memo)
      for (const count of [0, 1, 2, 3, 4, 5, 7, 8, 103, 206]) {
        functions.loadModel() // forgets the memo
        losses.fill(0, 0, 207)
        functions.scoreBatch(CONTEXT_NAMES.indexOf('tcp-response'), count)
        t.same([...losses.subarray(0, count)], [...singly, ...singly].slice(0, count), `${count} patterns`)
        t.equal(losses[count], 0, 'and nothing behind them')
      }
    }
    t.ok(kernel.counters().memoHits >= 103, 'the second half of a batch comes from the memo')
  })
}

t.test('the best build is the one with vectors where they run', async (t) => {
  t.equal((await Kernel.load()).build, hasSimd() ? 'simd' : 'scalar')
})

t.test('a build that is not there', async (t) => {
  await t.rejects(Kernel.load({ build: 'none' as KernelBuild }), { code: 'KERNEL_MISSING' })
})

t.test('a model without a context is refused, naming it', async (t) => {
  const kernel = await Kernel.load()
  const model = encodeModelFile(
    randomModel({ seed: 1, contexts: ['udp-query', 'udp-response', 'tcp-query'] }),
  )
  t.throws(() => kernel.loadModel(model), { code: 'MODEL_UNSUPPORTED', message: /tcp-response/ })
})

t.test('memory is fixed', async (t) => {
  const kernel = await Kernel.load()
  const { buffer } = kernel.functions.memory
  kernel.loadModel(encodeModelFile(randomModel({ seed: 2 })))
  t.equal(kernel.functions.memory.buffer, buffer)
  t.equal(kernel.functions.guardsIntact(), 1)
})
