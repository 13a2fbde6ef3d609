import t from 'tap'
import { checkClose, checkEqual } from '../../../bench/checks.js'
import { KernelScorer } from '../../../bench/kernel-scorer.js'
import { NativeNetwork } from '../../../bench/rivals/native.js'
import { Random } from '../../../bench/traffic/random.js'
import { encodeModelFile } from '../../../core/model-file.js'
import { type RandomModelOptions, randomModel } from '../../support/random-model.js'
import { requires } from '../../support/requires.js'

const mask = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

t.test('the network in C has the losses of the kernel', requires({ programs: ['gcc'] }), async (t) => {
  const models: (RandomModelOptions & { unroll?: boolean })[] = [
    { seed: 1, hidden: 32, bottleneck: 16, magnitude: 0.2 },
    { seed: 2, hidden: 32, bottleneck: 8, magnitude: 0.2, unroll: true },
    { seed: 3, hidden: 24, bottleneck: 8, magnitude: 0.2, inputMask: mask('ffc00000ffffffff') },
    { seed: 4, hidden: 8, bottleneck: 16, magnitude: 0.2, inputMask: mask('00000000000000ff') },
    { seed: 5, hidden: 16, bottleneck: 16, magnitude: 0.2, inputMask: mask('ffffffffffffffff') },
  ]
  const patterns = new Random(6).bytes(512 * 8)
  for (const { unroll, ...options } of models) {
    const model = encodeModelFile(randomModel(options))
    const kernel = await KernelScorer.load('scalar', model, 'tcp-query')
    const units = kernel.losses(patterns, { memo: false })
    const native = await NativeNetwork.start(model.byContext.get('tcp-query')!, patterns, unroll)
    try {
      checkEqual(await native.losses('int16'), units, `int16 of model ${options.seed} and the kernel`)
      checkClose(
        (await native.losses('float')).map((loss) => loss / 64),
        units.map((loss) => loss / 2 ** 26),
        `float of model ${options.seed} and the kernel`,
      )
      const seconds = await native.work('float', 'c-float').seconds(1)
      t.ok(seconds > 0 && seconds < 1, 'it times itself')
    } finally {
      await native.close()
    }
  }
})

t.test('an answer that does not come is an error', requires({ programs: ['gcc'] }), async (t) => {
  const model = encodeModelFile(randomModel({ seed: 7 }))
  const five = new Random(8).bytes(5 * 8)
  const native = await NativeNetwork.start(model.byContext.get('udp-query')!, five)
  t.teardown(() => native.close())
  await t.rejects(native.losses('int16'), /the native network answered/)
})
