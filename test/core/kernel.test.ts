import t from 'tap'
import { CONTEXT_NAMES } from '../../core/contexts.js'
import { hasSimd, Kernel, type KernelBuild } from '../../core/kernel.js'
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
