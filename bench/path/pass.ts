import { FileSource } from '../../agent/capture/file.js'
import type { PacketSink } from '../../agent/capture/source.js'
import { Scorer } from '../../agent/score/scorer.js'
import { Kernel } from '../../core/kernel.js'
import type { ModelFile } from '../../core/model-file.js'
import type { TimedWork } from '../measure.js'

/** How far a pass goes with each packet. */
export type Depth = 'read' | 'score-memo' | 'score'

/** Reads a capture file from its first packet to its last, timed by the CPU time of this process. */
export class Pass implements TimedWork {
  readonly name: Depth
  readonly #kernel: Kernel
  readonly #capture: string
  readonly #sink: PacketSink

  private constructor(depth: Depth, kernel: Kernel, capture: string) {
    this.name = depth
    this.#kernel = kernel
    this.#capture = capture
    this.#sink = depth === 'read' ? new Discard(kernel) : new Scorer(kernel, () => {})
  }

  static async load(depth: Depth, capture: string, model: ModelFile): Promise<Pass> {
    const kernel = await Kernel.load({ seed: 1 })
    kernel.loadModel(model)
    kernel.setServerPorts([53])
    kernel.functions.enableMemo(depth === 'score' ? 0 : 1)
    return new Pass(depth, kernel, capture)
  }

  /** CPU seconds, user and system. */
  async seconds(): Promise<number> {
    const start = process.cpuUsage()
    this.#kernel.reset(1)
    await new FileSource(this.#capture).run(this.#sink)
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1e6
  }

  /** Packets of the last run. */
  get packets(): number {
    return this.#kernel.counters().packets
  }
}

/** Takes bytes and forgets them. */
class Discard implements PacketSink {
  readonly packetBuffer: Buffer
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.packetBuffer = kernel.packetBuffer
    this.#kernel = kernel
  }

  packet(): void {}

  chunkSpace(): Buffer {
    return this.#kernel.inputSpace()
  }

  chunk(): undefined {}

  end(): void {}
}
