import type { Frame, HeldFrame } from '../../core/kernel-frames.js'

/** How much a flow's evidence may hold: part of the configuration's section `evidence`. */
export interface FlowLimits {
  packetsPerFlow: number
  bytesPerFlow: number
}

/** The evidence of one flow while it is being collected. */
export class FlowWatch {
  /** Names the file: the alert's event id. */
  readonly id: string
  /** The kernel's mark on the flow's frames. */
  readonly mark: number
  /** Of the flow, model and node, for the file's comments. */
  readonly about: string
  /** Frames later than this are not wanted; microseconds since 1970. */
  readonly endsAtMicroseconds: number
  readonly #limits: FlowLimits
  #frames: Frame[] = []
  #packets = 0
  #bytes = 0

  constructor(options: {
    id: string
    mark: number
    about: string
    endsAtMicroseconds: number
    limits: FlowLimits
  }) {
    this.id = options.id
    this.mark = options.mark
    this.about = options.about
    this.endsAtMicroseconds = options.endsAtMicroseconds
    this.#limits = options.limits
  }

  /**
   * Takes what there is at the alert: at most half of the room goes to frames up to the anomalous one, the newest of
   * them; then those after it.
   * @param frames of the flow, in the order of their capture
   * @param lastSeenMicroseconds capture time of the anomalous frame
   */
  begin(frames: readonly HeldFrame[], lastSeenMicroseconds: number): void {
    const end = 1 + frames.findLastIndex(({ timeMicroseconds }) => timeMicroseconds <= lastSeenMicroseconds)
    const { packetsPerFlow, bytesPerFlow } = this.#limits
    let start = end
    let bytes = 0
    while (start > 0 && end - start < Math.ceil(packetsPerFlow / 2)) {
      bytes += frames[start - 1]!.length
      if (bytes > bytesPerFlow / 2 && start < end) break
      start--
    }
    for (let index = start; index < frames.length && !this.full; index++) this.add(frames[index]!)
  }

  /** Takes a frame if there is room and it is not too late. */
  add(frame: HeldFrame): void {
    if (this.full || frame.timeMicroseconds > this.endsAtMicroseconds) return
    this.#frames.push(frame.read())
    this.#packets++
    this.#bytes += frame.length
  }

  get full(): boolean {
    const { packetsPerFlow, bytesPerFlow } = this.#limits
    return this.#packets >= packetsPerFlow || this.#bytes >= bytesPerFlow
  }

  /** Hands over the frames taken since the last time. */
  take(): Frame[] {
    const frames = this.#frames
    this.#frames = []
    return frames
  }
}
