import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../bench/traffic/random.js'
import type { NatsCluster } from './nats-cluster.js'

/** Longest times, ms, before the first death, before later ones, and of a node's absence; half of each is at random. */
const FIRST = 6000
const QUIET = 20_000
const ABSENCE = 5000

/** Random nodes of a cluster are killed and come back, one at a time, until it ends. */
export class NodeDeaths {
  readonly #cluster: NatsCluster
  readonly #random: Random
  readonly #told: (text: string) => void
  readonly #ending = new AbortController()
  readonly #ended: Promise<void>
  #deaths = 0

  /** @param told hears of each death */
  static begin(cluster: NatsCluster, seed: number, told: (text: string) => void): NodeDeaths {
    return new NodeDeaths(cluster, new Random(seed), told)
  }

  private constructor(cluster: NatsCluster, random: Random, told: (text: string) => void) {
    this.#cluster = cluster
    this.#random = random
    this.#told = told
    this.#ended = this.#run().catch((error) => {
      if (!this.#ending.signal.aborted) throw error
    })
  }

  get deaths(): number {
    return this.#deaths
  }

  /** No node dies any more; one that is absent has come back. */
  async end(): Promise<void> {
    this.#ending.abort()
    await this.#ended
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      // A second death before the first one has caught up would take the majority away.
      await this.#cluster.whole(signal)
      await sleep(this.#moment(this.#deaths === 0 ? FIRST : QUIET), undefined, { signal })
      const node = this.#random.below(this.#cluster.urls.length)
      await this.#cluster.killNode(node)
      this.#deaths++
      this.#told(`node ${node} killed`)
      await sleep(this.#moment(ABSENCE), undefined, { signal }).catch(() => {})
      this.#cluster.startNode(node)
    }
  }

  #moment(milliseconds: number): number {
    return milliseconds / 2 + this.#random.below(milliseconds / 2)
  }
}
