import t, { type Test } from 'tap'
import { NativeNetwork } from '../../../bench/rivals/native.js'
import type { Rivals } from '../../../bench/rivals/start.js'
import { CONTEXT, measureKernel, PATTERNS } from '../../../bench/suites/kernel.js'
import { Random } from '../../../bench/traffic/random.js'
import { hasSimd } from '../../../core/kernel.js'
import { encodeModelFile } from '../../../core/model-file.js'
import { randomModel } from '../../support/random-model.js'
import { requires } from '../../support/requires.js'

const model = encodeModelFile(randomModel({ seed: 1 }))
const patterns = new Random(4).bytes(PATTERNS * 8)

/** Checks that everything was measured, and returns the names of the ratios. */
async function measure(t: Test, rivals: Rivals): Promise<string[]> {
  const { comparisons, ratios, absent } = await measureKernel(rivals, patterns, {
    model,
    quick: true,
    progress() {},
  })
  t.same(
    comparisons.map(({ name }) => name),
    ['single', 'batch', 'dns'],
  )
  for (const { name, figures } of comparisons) {
    t.ok(figures.length >= 2, name)
    t.equal(figures[0]!.ratio, 1)
    for (const figure of figures) t.ok(figure.perSecond > 0 && figure.ratio > 0, figure.name)
  }
  for (const ratio of Object.values(ratios!)) t.ok(ratio.lowest <= ratio.median && ratio.median > 0)
  t.same(absent, rivals.absent)
  return Object.keys(ratios!)
}

t.test('without rivals the kernel is measured beside JavaScript', async (t) => {
  const absent = [{ rival: 'everything', reason: 'this test', install: 'nothing' }]
  t.same(await measure(t, { absent }), ['scalar_vs_js'])
})

t.test('beside the network in C', requires({ programs: ['gcc'] }), async (t) => {
  const native = await NativeNetwork.start(model.byContext.get(CONTEXT)!, patterns)
  t.teardown(() => native.close())
  t.same(await measure(t, { native, absent: [] }), [
    ...(hasSimd() ? ['int16_vs_c_float', 'int16_vs_c_int16'] : []),
    'scalar_vs_js',
  ])
})

t.test('networks that differ are not measured', requires({ programs: ['gcc'] }), async (t) => {
  const other = encodeModelFile(randomModel({ seed: 2 }))
  const native = await NativeNetwork.start(other.byContext.get(CONTEXT)!, patterns)
  t.teardown(() => native.close())
  await t.rejects(measure(t, { native, absent: [] }), /C int16 and the kernel differ at pattern 0/)
})
