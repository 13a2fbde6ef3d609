import { setTimeout as sleep } from 'node:timers/promises'

/** Longest wait between two packets, ms. A longer pause in the capture is cut to this. */
export const LONGEST_WAIT = 5000

/**
 * Replays capture times against the clock: the first packet is due at once, each later one when as much time has
 * passed as in the capture, but after 5 s at the latest. A packet whose time lies before its predecessor's is due at once.
 */
export class Pacer {
  /** Capture time minus clock, microseconds. */
  #offset: number | undefined

  /** The capture time that is now, microseconds; before the first `wait` no packet is due. */
  due(): number {
    return this.#offset === undefined ? 0 : performance.now() * 1000 + this.#offset
  }

  /** Waits until the packet with this capture time (microseconds) is due; rejects with AbortError on `signal`. */
  async wait(timeMicroseconds: number, signal: AbortSignal): Promise<void> {
    this.#offset ??= timeMicroseconds - performance.now() * 1000
    let wait = (timeMicroseconds - this.due()) / 1000
    if (wait > LONGEST_WAIT) {
      this.#offset += (wait - LONGEST_WAIT) * 1000
      wait = LONGEST_WAIT
    }
    if (wait > 0) await sleep(wait, undefined, { signal })
  }
}
