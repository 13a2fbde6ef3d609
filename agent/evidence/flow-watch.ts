import type { Frame, HeldFrames } from '../../core/kernel-frames.js'

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
   * @param frames of the flow
   * @param lastSeenMicroseconds capture time of the anomalous frame
   */
  begin(frames: HeldFrames, lastSeenMicroseconds: number): void {
    let end = frames.length
    while (end > 0 && frames.timeOf(end - 1) > lastSeenMicroseconds) end--
    const { packetsPerFlow, bytesPerFlow } = this.#limits
    let start = end
    let bytes = 0
    while (start > 0 && end - start < Math.ceil(packetsPerFlow / 2)) {
      bytes += frames.bytesOf(start - 1)
      if (bytes > bytesPerFlow / 2 && start < end) break
      start--
    }
    for (let index = start; index < frames.length && !this.full; index++) {
      if (this.wants(frames.timeOf(index))) this.add(frames.read(index))
    }
  }

  /** Whether there is room for a frame of this capture time, and it is not too late. */
  wants(timeMicroseconds: number): boolean {
    return !this.full && timeMicroseconds <= this.endsAtMicroseconds
  }

  /** Takes a frame that is wanted. */
  add(frame: Frame): void {
    this.#frames.push(frame)
    this.#packets++
    this.#bytes += frame.bytes.length
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
