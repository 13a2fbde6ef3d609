import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { instantiateSync } from '@assemblyscript/loader'
import { CONTEXT_NAMES, type ContextName } from './contexts.js'
import { FirsteightError, messageOf } from './errors.js'
import { type KernelCounters, readCounters } from './kernel-counters.js'
import {
  constantOf,
  type KernelConstants,
  type KernelFunctions,
  namesByNumber,
  readConstants,
} from './kernel-exports.js'
import { FrameRing } from './kernel-frames.js'
import { modelFault, stageModel } from './kernel-model.js'
import { RecordReader } from './kernel-records.js'
import { KernelTelemetry } from './kernel-telemetry.js'
import type { ModelFile } from './model-file.js'
import { packageFile } from './package-files.js'
import type { StreamRecord } from './stream-record.js'

export type KernelBuild = 'simd' | 'scalar' | 'debug'

/** A module whose only function returns a v128: valid where 128-bit vectors are. */
const SIMD_PROBE = Uint8Array.of(
  ...[
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98,
    11,
  ],
)

/** True when this machine's Node runs the SIMD build. */
export function hasSimd(): boolean {
  return WebAssembly.validate(SIMD_PROBE)
}

/** Most bytes of a capture stream that are taken at once: half a millisecond of work, while they fit a core's cache. */
const CHUNK_BYTES = 262_144
/** Views of the input memory are kept for what a walk leaves, up to so many bytes: an unfinished record of a packet. */
const KEPT_VIEWS = 4096

/** Outcome of walking a chunk of a capture stream. */
export type WalkOutcome = 'all' | 'records-full' | 'held' | 'fault'

/**
 * The scoring kernel: packets in, records of anomalous streams out. Its memory is fixed (9 MiB) and never grows, so
 * views over it stay valid. One instance follows one capture; instances share nothing.
 */
export class Kernel {
  readonly build: KernelBuild
  /** Where one packet at a time is put: 65,535 bytes and room for one more. */
  readonly packetBuffer: Buffer
  readonly functions: KernelFunctions
  readonly constants: KernelConstants
  /** Recent frames; keeps none until told to. */
  readonly frames: FrameRing
  /** Counts of patterns and losses; counts none until told to. */
  readonly telemetry: KernelTelemetry
  readonly #view: DataView
  readonly #records: RecordReader
  readonly #walkOutcomes: string[]
  /** By the bytes before them. */
  readonly #inputViews: (Buffer | undefined)[] = new Array(KEPT_VIEWS)

  private constructor(build: KernelBuild, exports: KernelFunctions & Record<string, unknown>) {
    this.build = build
    this.functions = exports
    this.constants = readConstants(exports)
    this.#view = new DataView(exports.memory.buffer)
    this.packetBuffer = Buffer.from(
      exports.memory.buffer,
      constantOf(this.constants, 'PACKET'),
      constantOf(this.constants, 'PACKET_BYTES'),
    )
    this.frames = new FrameRing(exports, this.constants)
    this.telemetry = new KernelTelemetry(exports, this.constants)
    this.#records = new RecordReader(this.#view, this.constants)
    this.#walkOutcomes = namesByNumber(this.constants, 'WALK_')
  }

  /**
   * Loads a build of the kernel; the default is the fastest that runs here.
   * @param options.seed seeds the flow table's hash; the default is random, so that nobody can aim flows at one place
   * @throws FirsteightError KERNEL_MISSING
   */
  static async load(
    options: { build?: KernelBuild | 'best' | undefined; seed?: number | undefined } = {},
  ): Promise<Kernel> {
    const wanted = options.build ?? 'best'
    const build = wanted === 'best' ? (hasSimd() ? 'simd' : 'scalar') : wanted
    const path = packageFile(`dist/wasm/kernel.${build}.wasm`)
    try {
      // Its asynchronous form looks for a Response first, for which Node loads all of fetch; and its own `exports` are
      // wrappers, which make an array of the arguments of every call.
      const { instance } = instantiateSync(await readFile(path), {})
      const kernel = new Kernel(
        build,
        instance.exports as unknown as KernelFunctions & Record<string, unknown>,
      )
      kernel.reset(options.seed)
      return kernel
    } catch (error) {
      throw new FirsteightError('KERNEL_MISSING', `cannot load the ${build} kernel: ${messageOf(error)}`, {
        hint: 'Run `npm run build`. A machine without WebAssembly SIMD needs the scalar kernel.',
        cause: error,
      })
    }
  }

  /** Forgets flows, records, counts and the capture stream; keeps the model and the ports. */
  reset(seed?: number): void {
    const [low, high] = seed === undefined ? new Uint32Array(randomBytes(8).buffer, 0, 2) : [seed >>> 0, 0]
    this.functions.reset(low!, high!)
  }

  /** Which ports are server ports, 1 to 65535 each. */
  setServerPorts(ports: readonly number[]): void {
    this.functions.clearServerPorts()
    for (const port of ports) this.functions.addServerPort(port)
  }

  /** @throws FirsteightError MODEL_UNSUPPORTED, MODEL_INVALID; the kernel must not score before a load succeeded */
  loadModel(file: ModelFile): void {
    stageModel(this.#view, this.constants, file)
    const returned = this.functions.loadModel()
    if (returned !== 0) throw modelFault(this.constants, returned, file)
  }

  /** Whether clean streams are recorded too. */
  reportEveryStream(on: boolean): void {
    this.functions.reportEveryStream(on ? 1 : 0)
  }

  /**
   * Scores the packet in `packetBuffer`.
   * @returns how many records wait to be taken; take them when it is not 0
   */
  packet(linkType: number, length: number, timeMicroseconds: number): number {
    return this.functions.packet(linkType, length, timeMicroseconds)
  }

  /**
   * Where the next bytes of a capture stream go, at most 256 KiB at once; ask again before every write. Views are made
   * once and kept, so that a chunk costs no memory of JavaScript's.
   */
  inputSpace(): Buffer {
    const start = this.functions.inputSpace()
    const rest = start - constantOf(this.constants, 'INPUT')
    const kept = this.#inputViews[rest]
    if (kept !== undefined) return kept
    const length = Math.min(CHUNK_BYTES, this.functions.inputSpaceLength())
    const view = Buffer.from(this.functions.memory.buffer, start, length)
    if (rest < KEPT_VIEWS) this.#inputViews[rest] = view
    return view
  }

  /** Walks the capture stream, of which `length` bytes were just written to inputSpace(). */
  walk(length: number, untilMicroseconds: number): WalkOutcome {
    return this.#walkOutcomes[this.functions.walk(length, untilMicroseconds)] as WalkOutcome
  }

  /**
   * Goes on in the capture stream where `other` stands between two walks: as if this kernel had read all of it, but
   * without the packets that `other` has walked.
   * @returns false while `other` passes over a long block: try again after its next walk
   */
  joinStream(other: Kernel): boolean {
    const { functions, constants } = other
    const start = constantOf(constants, 'INPUT')
    const unread = functions.inputSpace() - start
    if (functions.inputRest() > unread) return false
    this.functions.beginStream()
    this.appendUnwalked(other.packetBuffer.subarray(0, functions.streamHeader()))
    this.appendUnwalked(Buffer.from(functions.memory.buffer, start, unread))
    return true
  }

  /** Appends bytes to the capture stream; packets in them wait for the next walk. At most inputSpace() takes. */
  appendUnwalked(bytes: Uint8Array): void {
    this.inputSpace().set(bytes)
    this.walk(bytes.length, Number.NEGATIVE_INFINITY)
  }

  /** Why a walk ended with `fault`, and at which byte of the stream. */
  walkFault(): { fault: string; offset: number } {
    const names = namesByNumber(this.constants, 'FAULT_')
    return {
      fault: names[this.functions.inputFault()] ?? 'unknown',
      offset: this.functions.inputFaultOffset(),
    }
  }

  /** Ends flows not seen since then (Infinity: all) and calls back with what they still had to report. */
  endFlowsBefore(timeMicroseconds: number, callback: (record: StreamRecord) => void): void {
    const capacity = constantOf(this.constants, 'FLOW_CAPACITY')
    let from = 0
    while (from < capacity) {
      from = this.functions.endFlowsBefore(timeMicroseconds, from)
      this.takeRecords(callback)
    }
  }

  /** Hands over all waiting records, oldest first, and frees their room. */
  takeRecords(callback: (record: StreamRecord) => void): void {
    const count = this.functions.recordCount()
    for (let index = 0; index < count; index++) callback(this.#records.read(index))
    this.functions.takeRecords()
  }

  counters(): KernelCounters {
    return readCounters(this.#view, this.constants)
  }

  /**
   * Scores eight bytes by themselves.
   * @returns the loss, also in loss units (2^-26), and the reconstruction: the sign of each output
   */
  score(
    context: ContextName,
    firstEight: Uint8Array,
  ): { loss: number; lossUnits: number; reconstructed: Uint8Array } {
    const index = CONTEXT_NAMES.indexOf(context)
    this.packetBuffer.set(firstEight.subarray(0, 8))
    const lossUnits = this.functions.score(index) >>> 0
    this.functions.reconstruct(index)
    const loss = lossUnits / constantOf(this.constants, 'LOSS_ONE')
    return { loss, lossUnits, reconstructed: Uint8Array.from(this.packetBuffer.subarray(8, 16)) }
  }
}
