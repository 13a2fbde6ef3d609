import t from 'tap'
import { Random } from '../../bench/traffic/random.js'
import { Kernel } from '../../core/kernel.js'
import { encodeModelFile } from '../../core/model-file.js'
import { randomModel } from '../support/random-model.js'
import { fuzzPackets } from './packets.js'

async function load(build: 'debug' | 'scalar', modelSeed: number): Promise<Kernel> {
  const kernel = await Kernel.load({ build, seed: 1 })
  kernel.setServerPorts([53])
  kernel.frames.keep(2048)
  kernel.telemetry.countPatterns(true)
  kernel.telemetry.countLosses(true)
  kernel.loadModel(encodeModelFile(randomModel({ seed: modelSeed })))
  return kernel
}

t.test('a short run, with the assertions of the debug build on', async (t) => {
  const kernels = [await load('debug', 1), await load('scalar', 1)]
  fuzzPackets(kernels, new Random(1), 20_000, () => {})
  const { contexts, undecoded, packets } = kernels[0]!.counters()
  t.equal(packets, 20_000)
  for (const [name, { streams, anomalies, short }] of Object.entries(contexts)) {
    t.ok(streams > 50 && anomalies > 10 && short > 10, `${name} is reached`)
  }
  const reached = Object.values(undecoded).filter((count) => count > 0).length
  t.ok(reached >= 12, `${reached} reasons are reached`)
})

t.test('kernels that disagree are found', async (t) => {
  const kernels = [await load('scalar', 1), await load('scalar', 2)]
  t.throws(() => fuzzPackets(kernels, new Random(1), 20_000, () => {}))
})
