import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { pcapOf, trafficFrames } from '../../bench/traffic/capture.js'
import { LINK_TYPES } from '../../bench/traffic/frames.js'
import { Random } from '../../bench/traffic/random.js'
import { hasSimd, Kernel, type KernelBuild } from '../../core/kernel.js'
import { encodeModelFile } from '../../core/model-file.js'
import type { StreamRecord } from '../../core/stream-record.js'
import { randomModel } from '../support/random-model.js'

const BUILDS: KernelBuild[] = hasSimd() ? ['simd', 'scalar', 'debug'] : ['scalar']
/** Random networks lose about this much: some streams are anomalous, some are not. */
const model = randomModel({ seed: 5 })

/** Traffic, and as many frames with a byte changed or cut somewhere in the headers. */
function hostileFrames(): Uint8Array[] {
  const random = new Random(7)
  return trafficFrames({ seed: 3, packets: 1000, flows: 300 }).flatMap((frame) => {
    const changed = Buffer.from(frame.subarray(0, random.chance(0.3) ? random.below(90) : frame.length))
    if (changed.length > 0 && random.chance(0.8))
      changed[random.below(Math.min(changed.length, 60))] = random.below(256)
    return [frame, changed]
  })
}

interface Seen {
  records: StreamRecord[]
  counters: object
}

async function load(build: KernelBuild, threshold: number, memo: boolean): Promise<Kernel> {
  const kernel = await Kernel.load({ build, seed: 1 })
  for (const context of model.contexts!) context.threshold = threshold
  kernel.loadModel(encodeModelFile(model))
  kernel.setServerPorts([53])
  kernel.functions.enableMemo(memo ? 1 : 0)
  return kernel
}

/** Ends all, and tells what was seen; a memo is asked in another order when datagrams wait. */
function seen(kernel: Kernel, records: StreamRecord[]): Seen {
  kernel.endFlowsBefore(Number.POSITIVE_INFINITY, (record) => records.push(record))
  return { records, counters: { ...kernel.counters(), memoHits: 0, memoMisses: 0 } }
}

/** All frames in one walk: datagrams wait for each other. */
function walked(kernel: Kernel, capture: Buffer): Seen {
  const records: StreamRecord[] = []
  for (let at = 0; at < capture.length; ) {
    const length = capture.copy(kernel.inputSpace(), 0, at)
    at += length
    for (
      let outcome = kernel.walk(length, Number.POSITIVE_INFINITY);
      ;
      outcome = kernel.walk(0, Number.POSITIVE_INFINITY)
    ) {
      kernel.takeRecords((record) => records.push(record))
      if (outcome !== 'records-full') break
    }
  }
  return seen(kernel, records)
}

/** One by one: none waits. The times are the walk's. */
function oneByOne(kernel: Kernel, frames: readonly Uint8Array[]): Seen {
  const records: StreamRecord[] = []
  frames.forEach((frame, index) => {
    kernel.packetBuffer.set(frame)
    kernel.packet(LINK_TYPES.ethernet, frame.length, 1_700_000_000_000_000 + index * 10)
    kernel.takeRecords((record) => records.push(record))
  })
  return seen(kernel, records)
}

t.test('nothing shows that datagrams waited for each other', async (t) => {
  const frames = hostileFrames()
  const capture = pcapOf(frames)
  for (const build of BUILDS) {
    for (const [threshold, memo] of [
      [0.05, true],
      [0.05, false],
      [63, false],
    ] as const) {
      const [batched, single] = [await load(build, threshold, memo), await load(build, threshold, memo)]
      const together = walked(batched, capture)
      t.ok(
        isDeepStrictEqual(together, oneByOne(single, frames)),
        `${build}, threshold ${threshold}, memo ${memo}`,
      )
      t.ok(threshold > 1 || together.records.length > 100, `${together.records.length} records`)
      t.ok(batched.functions.guardsIntact())
    }
  }
})

t.test('the short way for plain datagrams comes to the same as decoding layer by layer', async (t) => {
  const frames = hostileFrames()
  const capture = pcapOf(frames)
  for (const build of BUILDS) {
    const [plain, layered] = [await load(build, 0.05, true), await load(build, 0.05, true)]
    // While a flow is watched every packet is decoded.
    layered.frames.keep(1)
    const address = Uint8Array.of(192, 0, 2, 250)
    const flow = { clientAddress: address, clientPort: 9, serverAddress: address, serverPort: 9 }
    t.ok(layered.frames.watch({ transport: 'udp', ...flow }) > 0)
    t.ok(isDeepStrictEqual(walked(plain, capture), walked(layered, capture)), build)
  }
})

t.test('each kernel stays small', async (t) => {
  for (const name of ['kernel.simd', 'kernel.scalar', 'train']) {
    const { length } = readFileSync(`dist/wasm/${name}.wasm`)
    t.ok(length <= 24 * 1024, `${name}: ${length} bytes`)
  }
})
