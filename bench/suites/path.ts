import { isDeepStrictEqual } from 'node:util'
import { hasSimd } from '../../core/kernel.js'
import type { KernelCounters } from '../../core/kernel-counters.js'
import { packageFile } from '../../core/package-files.js'
import { cpuSeconds, programWork, run } from '../cpu-time.js'
import { compare, type Figure, speedup } from '../measure.js'
import { Captures } from '../path/captures.js'
import { costGrowth } from '../path/growth.js'
import { Pass } from '../path/pass.js'
import { CAPTURE_PROGRAMS, type CaptureProgram, presentPrograms } from '../path/rivals.js'
import { Walk, withoutMemo } from '../path/walk.js'
import { measureTime, type Suite, type SuiteOptions, type SuiteResult } from '../suite.js'
import { pcapOf, trafficFrames } from '../traffic/capture.js'
import { LEAST_FLOWS } from '../traffic/traffic.js'

/** Bundled as the command line is. */
const SCORE_PROGRAM = packageFile('dist/bench/score-program.js')
/** Exchanges of a flow; clients that take a new port for each query (RFC 5452) make one. */
const PACKETS_PER_FLOW = 30
const WALK_PACKETS = 50_000

export interface PathSizes {
  /** Packets of the capture that programs read. */
  packets: number
  /** Rounds in which each program reads it once. */
  rounds: number
  /** Fewest and most packets, of as few flows, for the growth with packets. */
  packetGrowth: readonly [number, number]
  /** Fewest and most flows, and the packets of both, for the growth with flows. */
  flowGrowth: readonly [number, number]
  flowGrowthPackets: number
}

const FULL: PathSizes = {
  packets: 3_000_000,
  rounds: 7,
  packetGrowth: [10_000, 10_000_000],
  flowGrowth: [1000, 1_000_000],
  flowGrowthPackets: 3_000_000,
}
const QUICK: PathSizes = {
  packets: 200_000,
  rounds: 2,
  packetGrowth: [10_000, 500_000],
  flowGrowth: [1000, 100_000],
  flowGrowthPackets: 200_000,
}
/** Of both captures of the growth with packets. */
const FEW_FLOWS = 1000

/** Packets of a capture, from file to verdict. */
export const pathSuite: Suite = {
  name: 'path',
  run: (options) => measurePath(options, options.quick ? QUICK : FULL),
}

export async function measurePath(options: SuiteOptions, sizes: PathSizes): Promise<SuiteResult> {
  return await Captures.with(options.progress, async (captures) => {
    const walks = await measureWalks(options)
    const programs = await measurePrograms(captures, options, sizes)
    const growth = {
      cost_growth_packets: await growthBetween(
        captures,
        sizes.packetGrowth.map((packets) => ({ packets, flows: FEW_FLOWS })),
        options,
      ),
      cost_growth_flows: await growthBetween(
        captures,
        sizes.flowGrowth.map((flows) => ({ packets: sizes.flowGrowthPackets, flows })),
        options,
      ),
    }
    return {
      comparisons: [{ name: 'walk', operation: 'packets', figures: walks }, ...programs.comparisons],
      ratios: programs.ratios,
      figures: { ...programs.figures, ...growth },
      absent: programs.absent,
    }
  })
}

/** The builds of the kernel beside each other, in this process. */
async function measureWalks({ model, progress, quick }: SuiteOptions): Promise<Figure[]> {
  progress('checking that all builds count the same')
  const capture = pcapOf(trafficFrames({ seed: 1, packets: WALK_PACKETS, flows: 10_000 }))
  const builds = hasSimd() ? (['simd', 'scalar'] as const) : (['scalar'] as const)
  const walks = await Promise.all(
    builds.flatMap((build) => [true, false].map((memo) => Walk.load(build, memo, capture, model))),
  )
  const [first, ...others] = walks as [Walk, ...Walk[]]
  const expected = first.counters()
  if (expected.packets !== WALK_PACKETS)
    throw new Error(`${expected.packets} of ${WALK_PACKETS} packets were walked`)
  for (const walk of others) {
    if (!isDeepStrictEqual(walk.counters(), expected))
      throw new Error(`${walk.name} and ${first.name} count differently`)
  }
  progress('measuring the builds')
  return await compare(walks, { operations: WALK_PACKETS, ...measureTime({ quick }) })
}

/** Whole programs that read the same capture, by their CPU time; and where ours spends its own. */
async function measurePrograms(
  captures: Captures,
  { model, progress, quick }: SuiteOptions,
  { packets, rounds }: PathSizes,
) {
  const capture = await captures.write(packets, flowsOf(packets))
  const fewer = await captures.write(packets / 10, flowsOf(packets / 10))
  const empty = await captures.write(0, FEW_FLOWS)
  const modelPath = await captures.writeModel(model)
  const captureOf = ({ slow }: CaptureProgram) =>
    slow ? { file: fewer, packets: packets / 10 } : { file: capture, packets }
  const ours = (file: string, memo: boolean) => [
    ...[process.execPath, SCORE_PROGRAM, file, modelPath],
    ...(memo ? [] : ['no-memo']),
  ]

  progress('checking that all programs read the same packets')
  const { present, absent } = await presentPrograms(CAPTURE_PROGRAMS, captureOf)
  const [withMemo, without] = await Promise.all(
    [true, false].map(async (memo) => JSON.parse((await run(ours(capture, memo))).stdout) as KernelCounters),
  )
  if (withMemo!.packets !== packets)
    throw new Error(`firsteight read ${withMemo!.packets} of ${packets} packets`)
  if (!isDeepStrictEqual(withoutMemo(withMemo!), withoutMemo(without!)))
    throw new Error('firsteight counts differently with and without memo')

  progress(`measuring whole programs, ${rounds + 1} times each`)
  const figures = await compare(
    [
      programWork('firsteight-memo', ours(capture, true), packets),
      programWork('firsteight', ours(capture, false), packets),
      ...present.map((program) => {
        const { file, packets } = captureOf(program)
        return programWork(program.name, program.measured(file), packets)
      }),
    ],
    { operations: packets, rounds, time: 0 },
  )
  progress('measuring where the time goes')
  const start = await cpuSeconds(ours(empty, true))
  const passes = await Promise.all(
    (['read', 'score-memo', 'score'] as const).map((depth) => Pass.load(depth, capture, model)),
  )
  const depths = await compare(passes, { operations: packets, rounds: quick ? 2 : 5, time: 0 })
  await Promise.all([capture, fewer, empty].map((path) => captures.remove(path)))
  const named = (name: string) => figures.find((figure) => figure.name === name)
  const [memo, plain, tcpdump, ndpi] = ['firsteight-memo', 'firsteight', 'tcpdump', 'ndpiReader'].map(named)
  return {
    absent,
    comparisons: [
      { name: 'programs', operation: 'packets', figures },
      { name: 'depth', operation: 'packets', figures: depths },
    ],
    ratios: {
      ...(tcpdump && {
        path_vs_tcpdump_memo: speedup(memo!, tcpdump),
        path_vs_tcpdump: speedup(plain!, tcpdump),
      }),
      ...(ndpi && { path_vs_ndpi_memo: speedup(memo!, ndpi), path_vs_ndpi: speedup(plain!, ndpi) }),
    },
    figures: { path_start_milliseconds: start * 1000, ...splitOf(depths) },
  }
}

/**
 * Nanoseconds of each stage a packet: what a pass takes more than the one before it. With a memo that knows every
 * pattern what follows the read is decoding, flows and the look-up; what no memo adds is the network.
 */
function splitOf(depths: readonly Figure[]): Record<string, number> {
  const [read, memo, score] = depths.map(({ perSecond }) => 1e9 / perSecond) as [number, number, number]
  return {
    path_read_nanoseconds: read,
    path_decode_flows_and_memo_nanoseconds: memo - read,
    path_network_nanoseconds: score - memo,
  }
}

async function growthBetween(
  captures: Captures,
  sizes: readonly { packets: number; flows: number }[],
  { model, progress, quick }: SuiteOptions,
): Promise<number> {
  const paths: string[] = []
  for (const { packets, flows } of sizes) paths.push(await captures.write(packets, flows))
  progress('measuring the cost of both')
  const growth = await costGrowth(paths as [string, string], model, quick ? 3 : 7)
  for (const path of paths) await captures.remove(path)
  return growth
}

/** At least as many flows as exchanges mingle. */
function flowsOf(packets: number): number {
  return Math.max(LEAST_FLOWS, Math.round(packets / PACKETS_PER_FLOW))
}
