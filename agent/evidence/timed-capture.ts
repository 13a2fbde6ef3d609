import type { Frame, FrameRing } from '../../core/kernel-frames.js'

/** How much a capture may hold. */
export interface CaptureLimits {
  packets: number
  /** Of packets, without the file's overhead. */
  bytes: number
}

/** Takes every frame on the server ports from its making on, until it is full. */
export class TimedCapture {
  readonly frames: Frame[] = []
  /** Frames that were overwritten before they could be copied. */
  missed = 0
  readonly #ring: FrameRing
  readonly #limits: CaptureLimits
  #next: number
  #bytes = 0

  constructor(ring: FrameRing, limits: CaptureLimits) {
    this.#ring = ring
    this.#limits = limits
    this.#next = ring.end
  }

  get full(): boolean {
    return this.frames.length >= this.#limits.packets || this.#bytes >= this.#limits.bytes
  }

  /** Copies the new frames; to be called while the ring still holds them. */
  follow(): void {
    const { next, missed } = this.#ring.each(this.#next, (number) => {
      if (this.full) return
      const frame = this.#ring.read(number)
      if (frame === undefined) this.missed++
      else {
        this.frames.push(frame)
        this.#bytes += frame.bytes.length
      }
    })
    this.#next = next
    if (!this.full) this.missed += missed
  }
}
