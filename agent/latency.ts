/**
 * From a packet's capture to the broker's acknowledgement of its alert, over the last alerts.
 * Bounded: the oldest alerts still waiting, and the oldest measurements, are forgotten.
 */
const MOST_WAITING = 4096
const MOST_MEASURED = 1024

export interface LatencyFigures {
  /** Alerts measured, of which the last 1,024 make the figures. */
  alerts: number
  medianMilliseconds: number
  /** 99th percentile. */
  highMilliseconds: number
}

export class Latency {
  readonly #captured = new Map<string, number>()
  readonly #measured: number[] = []
  #alerts = 0

  /** @param capturedMicroseconds capture time of the alert's last packet, on the wall clock */
  published(eventId: string, capturedMicroseconds: number): void {
    if (this.#captured.size === MOST_WAITING) {
      for (const oldest of this.#captured.keys()) {
        this.#captured.delete(oldest)
        break
      }
    }
    this.#captured.set(eventId, capturedMicroseconds)
  }

  acknowledged(eventId: string, nowMicroseconds: number): void {
    const captured = this.#captured.get(eventId)
    if (captured === undefined) return
    this.#captured.delete(eventId)
    this.#measured[this.#alerts % MOST_MEASURED] = (nowMicroseconds - captured) / 1000
    this.#alerts++
  }

  figures(): LatencyFigures | undefined {
    if (this.#alerts === 0) return undefined
    const sorted = [...this.#measured].sort((a, b) => a - b)
    const quantile = (share: number) => Number(sorted[Math.floor((sorted.length - 1) * share)]!.toFixed(3))
    return { alerts: this.#alerts, medianMilliseconds: quantile(0.5), highMilliseconds: quantile(0.99) }
  }
}
