import { inspect, parseArgs } from 'node:util'
import { Random } from '../../bench/traffic/random.js'
import { CONTEXT_NAMES } from '../../core/contexts.js'
import { hasSimd, Kernel } from '../../core/kernel.js'
import { encodeModelFile } from '../../core/model-file.js'
import { randomModel } from '../support/random-model.js'
import { fuzzPackets } from './packets.js'
import { fuzzStreams } from './streams.js'

// npm run fuzz -- [--quick] [--frames N] [--streams N] [--seed N]
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    frames: { type: 'string' },
    streams: { type: 'string' },
    seed: { type: 'string' },
  },
})
const frames = Number(values.frames ?? (values.quick ? 300_000 : 10_000_000))
const streams = Number(values.streams ?? (values.quick ? 2_000 : 50_000))
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32))

const began = performance.now()
const command = `npm run fuzz -- --frames ${frames} --streams ${streams} --seed ${seed}`
console.log(`again with: ${command}`)

async function loadKernel(build: 'simd' | 'scalar'): Promise<Kernel> {
  const kernel = await Kernel.load({ build, seed })
  kernel.setServerPorts([53])
  kernel.frames.keep(2048)
  kernel.telemetry.countPatterns(true)
  kernel.telemetry.countLosses(true)
  kernel.loadModel(encodeModelFile(modelOf(seed)))
  return kernel
}

/** Random networks; clients' TCP streams nearly always pass, so that their later messages are followed. */
function modelOf(seed: number): ReturnType<typeof randomModel> {
  const model = randomModel({ seed })
  model.contexts![CONTEXT_NAMES.indexOf('tcp-query')]!.threshold = 63
  return model
}

let printed = 0
function progress(what: string, total: number): (done: number) => void {
  return (done) => {
    if (performance.now() - printed < 2000 && done < total) return
    printed = performance.now()
    console.error(`${done} of ${total} ${what}, ${Math.round((printed - began) / 1000)} s`)
  }
}

try {
  const random = new Random(seed)
  const builds = hasSimd() ? (['simd', 'scalar'] as const) : (['scalar'] as const)
  const kernels = await Promise.all(builds.map(loadKernel))
  fuzzPackets(kernels, random, frames, progress('frames', frames))
  for (const build of builds) {
    fuzzStreams(await loadKernel(build), random, streams, progress(`streams (${build})`, streams))
  }
  const seconds = Math.round((performance.now() - began) / 1000)
  console.log(
    `passed: ${frames} frames through ${builds.join(' and ')}, ${streams} streams through each, ${seconds} s`,
  )
} catch (error) {
  console.error(inspect(error, { depth: 6 }))
  console.error(`failed; again with: ${command}`)
  process.exitCode = 1
}
