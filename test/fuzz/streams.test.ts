import t from 'tap'
import { Random } from '../../bench/traffic/random.js'
import { Kernel } from '../../core/kernel.js'
import { encodeModelFile } from '../../core/model-file.js'
import { randomModel } from '../support/random-model.js'
import { corpusOf } from './corpus.js'
import { pcapngOf } from './pcapng.js'
import { fuzzStreams } from './streams.js'

async function load(): Promise<Kernel> {
  const kernel = await Kernel.load({ build: 'debug', seed: 1 })
  kernel.setServerPorts([53])
  kernel.frames.keep(2048)
  kernel.telemetry.countPatterns(true)
  kernel.telemetry.countLosses(true)
  kernel.loadModel(encodeModelFile(randomModel({ seed: 1 })))
  return kernel
}

t.test('a short run', async (t) => {
  let done = 0
  fuzzStreams(await load(), new Random(1), 300, (streams) => {
    done = streams
  })
  t.equal(done, 300)
})

t.test('pcapng streams are whole before they are damaged', async (t) => {
  const kernel = await load()
  for (let seed = 0; seed < 20; seed++) {
    const random = new Random(seed)
    const frames = corpusOf(random, 25)
    const bytes = pcapngOf(random, frames)
    kernel.reset(1)
    for (let offset = 0; offset < bytes.length; ) {
      const length = bytes.copy(kernel.inputSpace(), 0, offset)
      t.equal(kernel.walk(length, Infinity), 'all')
      kernel.takeRecords(() => {})
      offset += length
    }
    t.equal(kernel.functions.inputRest(), 0)
    t.equal(kernel.counters().packets, 25)
    t.equal(kernel.counters().undecoded['interface-unknown'], 0)
  }
})
