import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../../core/errors.js'
import { encodeModelFile, type ModelFile } from '../../core/model-file.js'
import { AgentProcess } from '../live/agent-process.js'
import { Limits } from '../live/limits.js'
import { LoopedCapture, waitFor } from '../live/looped-capture.js'
import { findMissing } from '../live/needs.js'
import { ringOf } from '../live/process-statistics.js'
import { INTERFACE, Site } from '../live/site.js'
import { figuresOf, measureStep, stepText, WAYS } from '../live/step.js'
import { median } from '../measure.js'
import type { Absent, Suite, SuiteOptions, SuiteResult } from '../suite.js'

/** How an agent with little memory is started: docs/performance-live.md. */
const NODE_OPTIONS = ['--v8-pool-size=1']
const BUFFER = ['--buffer', '4']
/** Its young heap, MiB, is large enough that nothing is collected while the heap is looked at. */
const NO_COLLECTION = ['--min-semi-space-size=64', '--max-semi-space-size=64']
/** Highest threshold that a model file may have. */
const HIGHEST_THRESHOLD = 63
const DEMO = fileURLToPath(new URL('../../../lab/captures/demo.pcap', import.meta.url))
const KERNELS = new URL('../../wasm/', import.meta.url)

/** Packets a second, bytes, and parts of one processor of a small appliance. */
const LIMITED_RATE = 5000
const LIMITED_BYTES = 128 * 2 ** 20
const SHARES = [0.25, 0.1]

const FULL = { loop: 1_000_000, soak: 100, heap: 20, starts: 7, idle: 20, memory: 5, limited: 20 }
/** Packets in a loop; loops of the soak and of the look at the heap; starts; seconds of the others. */
type Size = typeof FULL
const QUICK: Size = { loop: 250_000, soak: 4, heap: 4, starts: 3, idle: 3, memory: 2, limited: 5 }

/** What a running agent takes of a small machine: memory, processor time when idle, time to start, size. */
export const applianceSuite: Suite = {
  name: 'appliance',
  async run({ model, quick, progress }: SuiteOptions): Promise<SuiteResult> {
    const size = quick ? QUICK : FULL
    const figures = await wasmSizes()
    const absent: Absent[] = [
      {
        rival: 'arm64',
        reason: 'under emulation it is right or wrong, but its speed says nothing',
        install: 'npm run model:verify:arm64',
      },
    ]
    const missing = findMissing('everything but the size of the kernels')
    if (missing !== undefined) return { comparisons: [], figures, absent: [...absent, missing] }
    const site = await Site.create()
    try {
      const parts = [startUp, idle, memory, soak, heap] as const
      for (const part of parts) {
        const found = await part(site, size, model)
        progress(
          Object.entries(found)
            .map(([name, value]) => `${name} ${value.toFixed(3)}`)
            .join(', '),
        )
        Object.assign(figures, found)
      }
      const noLimits = Limits.findMissing() ?? (await whyNoLimits())
      if (noLimits !== undefined) {
        absent.push({
          rival: 'a small appliance',
          reason: noLimits,
          install: 'Linux with cgroup v1, as root',
        })
      } else {
        for (const share of SHARES) Object.assign(figures, await limited(site, size, share, progress))
      }
      return { comparisons: [], figures, absent }
    } finally {
      await site.delete()
    }
  },
}

async function wasmSizes(): Promise<Record<string, number>> {
  const kibibytes = async (build: string) =>
    (await stat(new URL(`kernel.${build}.wasm`, KERNELS))).size / 1024
  return { wasm_simd_kibibytes: await kibibytes('simd'), wasm_scalar_kibibytes: await kibibytes('scalar') }
}

/** From the program's start to its first alert, on a recording that has some. */
async function startUp(site: Site, { starts }: Size): Promise<Record<string, number>> {
  const times: number[] = []
  for (let start = 0; start < starts; start++) {
    const agent = piped(site, ['cat', DEMO], { probe: false })
    try {
      times.push(await agent.firstAlert())
      await agent.ended()
    } finally {
      agent.kill()
    }
  }
  return { start_to_first_alert_milliseconds: median(times) }
}

async function idle(site: Site, { idle }: Size): Promise<Record<string, number>> {
  const agent = live(site, 'stream')
  try {
    await agent.capturing()
    // Whatever follows a start, such as compiling what is often used, is over after this.
    await sleep(2000)
    const before = agent.cpuSeconds()
    await sleep(idle * 1000)
    const after = agent.cpuSeconds()
    await agent.stop()
    return {
      idle_cpu_percent: ((after.agent - before.agent) / idle) * 100,
      idle_tcpdump_cpu_percent: ((after.program - before.program) / idle) * 100,
    }
  } finally {
    agent.kill()
  }
}

/** Resident memory at an office's rate, with each way to capture. */
async function memory(site: Site, { memory }: Size): Promise<Record<string, number>> {
  const figures: Record<string, number> = {}
  for (const way of ['cap', 'stream'] as const) {
    const agent = live(site, way)
    try {
      await agent.capturing()
      await site.send(LIMITED_RATE, memory)
      const { resident, anonymous, file } = agent.memory()
      const ring = ringOf(agent.pid)
      await agent.stop()
      const parts = { resident, anonymous, file: file - ring, ring }
      for (const [part, bytes] of Object.entries(parts)) figures[`${way}_${part}_mebibytes`] = bytes / 2 ** 20
    } finally {
      agent.kill()
    }
  }
  return figures
}

/** Whether memory stays flat over many packets: after the first loop, the most, and at the end. */
async function soak(site: Site, { loop, soak }: Size): Promise<Record<string, number>> {
  const capture = await LoopedCapture.create(site.folder, loop, soak)
  const agent = piped(site, capture.command, { probe: false })
  try {
    await waitFor(
      () => capture.isWarm,
      () => agent.hasEnded,
    )
    const start = agent.memory()
    const cpu = agent.cpuSeconds().agent
    await capture.go()
    let most = 0
    await waitFor(
      () => {
        most = Math.max(most, agent.memory().resident)
        return capture.isDone
      },
      () => agent.hasEnded,
    )
    await sleep(500)
    const end = agent.memory()
    const seconds = agent.cpuSeconds().agent - cpu
    const { packets } = await agent.stop()
    if (packets !== capture.packets) throw new Error(`${packets} of ${capture.packets} packets were scored`)
    return {
      soak_packets: packets,
      soak_start_resident_mebibytes: start.resident / 2 ** 20,
      soak_most_resident_mebibytes: most / 2 ** 20,
      soak_end_resident_mebibytes: end.resident / 2 ** 20,
      soak_growth_mebibytes: (end.resident - start.resident) / 2 ** 20,
      soak_cpu_nanoseconds_per_packet: (seconds * 1e9) / (packets - loop),
    }
  } finally {
    agent.kill()
  }
}

/**
 * Bytes of JavaScript's heap that a packet takes, with all else that the agent does meanwhile. The model calls nothing
 * anomalous: alerts have their objects.
 */
async function heap(site: Site, { loop, heap }: Size, model: ModelFile): Promise<Record<string, number>> {
  const calm = join(site.folder, 'calm.model')
  await writeFile(calm, calmed(model).bytes)
  const capture = await LoopedCapture.create(site.folder, loop, heap)
  const agent = piped(site, capture.command, { node: NO_COLLECTION, options: ['--model', calm] })
  try {
    await waitFor(
      () => capture.isWarm,
      () => agent.hasEnded,
    )
    await sleep(1000)
    const before = await agent.reading()
    await capture.go()
    await waitFor(
      () => capture.isDone,
      () => agent.hasEnded,
    )
    await sleep(500)
    const after = await agent.reading()
    const { packets } = await agent.stop()
    if (packets !== capture.packets) throw new Error(`${packets} of ${capture.packets} packets were scored`)
    return {
      heap_packets: packets - loop,
      heap_collections: after.collections - before.collections,
      heap_growth_bytes: after.heapUsed - before.heapUsed,
      heap_bytes_per_packet: (after.heapUsed - before.heapUsed) / (packets - loop),
    }
  } finally {
    agent.kill()
  }
}

/** An agent and its tcpdump together, with so much of one processor and 128 MB. */
async function limited(
  site: Site,
  { limited }: Size,
  share: number,
  progress: SuiteOptions['progress'],
): Promise<Record<string, number>> {
  const limits = await Limits.create(share, LIMITED_BYTES)
  try {
    const options = { through: limits.through, node: NODE_OPTIONS }
    const step = await measureStep(site, 'stream', LIMITED_RATE, limited, options)
    const { most, full } = await limits.memory()
    const name = `limited_${share * 100}_percent`
    progress(`${name}, ${limited} s: ${stepText(step)}, ${(most / 2 ** 20).toFixed(0)} MiB in the group`)
    return {
      ...figuresOf(name, step),
      [`${name}_group_mebibytes`]: most / 2 ** 20,
      [`${name}_memory_full_times`]: full,
    }
  } finally {
    await limits.delete()
  }
}

async function whyNoLimits(): Promise<string | undefined> {
  try {
    await (await Limits.create(1, LIMITED_BYTES)).delete()
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

/** An agent on the interface, started as docs/performance-live.md advises for little memory. */
function live(site: Site, way: 'cap' | 'stream'): AgentProcess {
  const args = ['--interface', INTERFACE, ...WAYS[way], ...BUFFER, ...site.brokerOptions]
  return new AgentProcess(args, { through: site.through, node: NODE_OPTIONS, probe: false })
}

/** An agent that takes what a command writes. */
function piped(
  site: Site,
  command: readonly string[],
  options: { probe?: boolean; node?: readonly string[]; options?: readonly string[] },
): AgentProcess {
  const environment = { FIRSTEIGHT_CAPTURE_COMMAND: JSON.stringify(command) }
  const args = ['--capture', 'stream', ...site.brokerOptions, ...(options.options ?? [])]
  const { probe = true, node = NODE_OPTIONS } = options
  return new AgentProcess(args, { through: site.through, node, environment, probe })
}

/** The same networks, with thresholds above every loss. */
function calmed({ model }: ModelFile): ModelFile {
  return encodeModelFile({
    ...model,
    contexts: model.contexts.map((context) => ({ ...context, threshold: HIGHEST_THRESHOLD })),
  })
}
