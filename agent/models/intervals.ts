import type { ScoreCounts } from './engine.js'
import { type Rate, RecentRates } from './judge.js'

/** The metric intervals by which a model is watched: how often it flags in each, and when one ends. */
export class Intervals {
  readonly #counts: () => ScoreCounts
  readonly #rates: RecentRates
  readonly #waiting = new Set<() => void>()
  #lastRate: Rate = { streams: 0, anomalies: 0 }

  /** @param counts since the agent's start */
  constructor(counts: () => ScoreCounts) {
    this.#counts = counts
    this.#rates = new RecentRates(counts())
  }

  /** Of the interval that ended last. */
  get lastRate(): Rate {
    return this.#lastRate
  }

  /** Of the recent ones, the present one included. */
  sum(): Rate {
    return this.#rates.sum(this.#counts())
  }

  /** Another model scores: what was before counts no more. */
  restart(): void {
    this.#rates.restart(this.#counts())
  }

  /** An interval has ended. */
  ended(): void {
    this.#lastRate = this.#rates.end(this.#counts())
    for (const tell of this.#waiting) tell()
    this.#waiting.clear()
  }

  /** Waits for the end of an interval. @throws the reason of `signal` when it aborts */
  next(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#waiting.delete(end)
        reject(signal.reason)
      }
      const end = () => {
        signal.removeEventListener('abort', stop)
        resolve()
      }
      this.#waiting.add(end)
      signal.addEventListener('abort', stop, { once: true })
    })
  }
}
