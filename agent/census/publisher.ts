import { setTimeout as sleep } from 'node:timers/promises'
import { type ContextCensus, encodeCensusPart } from '../../core/census-message.js'
import type { ContextName } from '../../core/contexts.js'
import type { PatternCounts } from '../../core/kernel-telemetry.js'
import type { Log } from '../../core/log.js'
import { nodePath } from '../../core/topics.js'
import { headerOf, type Speaker } from '../header.js'
import type { Mailbox } from '../link/mailbox.js'
import type { AgentPart } from '../part.js'
import { splitCensus, streamsIn } from './split.js'

/** What is counted: the kernel of the active model. */
export interface CensusSource {
  modelId: string
  masks: ReadonlyMap<ContextName, Uint8Array>
  telemetry: { patterns(): ReadonlyMap<ContextName, PatternCounts>; clearPatterns(): void }
}

export interface CensusDependencies {
  /** Asked anew for each census, because the model may change. */
  source(): CensusSource
  mailbox: Pick<Mailbox, 'send'>
  speaker: Speaker
  /** Number of the last alert. */
  sequence(): number
  intervalMilliseconds: number
  log: Log
}

/** A census on its way to the broker. */
interface Waiting {
  streams: number
  /** Those that the broker has not acknowledged. */
  parts: { part: number; payload: Uint8Array }[]
}

/** Until parts that the broker did not take are offered again, unless the interval is shorter. */
const RETRY_MILLISECONDS = 60_000
/** More can only wait when the model changes again and again while there is no broker. */
const MOST_WAITING = 4
const LAST_MILLISECONDS = 2000

/**
 * Publishes every interval how often each masked pattern came. Counts leave the kernel when the broker has taken those
 * before: until then the kernel goes on counting, in its bounded table.
 */
export class CensusPublisher implements AgentPart {
  readonly #dependencies: CensusDependencies
  readonly #waiting: Waiting[] = []
  #timers: NodeJS.Timeout[] = []
  #number = 0
  #from = 0
  #lostStreams = 0
  #delivering: Promise<void> | undefined

  constructor(dependencies: CensusDependencies) {
    this.#dependencies = dependencies
  }

  /** Streams counted in censuses that found no room to wait for the broker. */
  get lostStreams(): number {
    return this.#lostStreams
  }

  start(): void {
    const { intervalMilliseconds } = this.#dependencies
    this.#from = Date.now() * 1000
    const retry = Math.min(RETRY_MILLISECONDS, intervalMilliseconds)
    this.#timers = [
      setInterval(() => void this.publishNow(), intervalMilliseconds),
      setInterval(() => void this.#deliver(), retry),
    ]
    for (const timer of this.#timers) timer.unref()
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#take()
    const limit = new AbortController()
    await Promise.race([
      this.#deliver(),
      sleep(LAST_MILLISECONDS, undefined, { signal: limit.signal }).catch(() => {}),
    ])
    limit.abort()
  }

  /** Publishes what was counted until now, behind what still waits. */
  async publishNow(): Promise<void> {
    await this.#deliver()
    if (this.#waiting.length > 0) return
    this.#take()
    await this.#deliver()
  }

  modelChanges(): void {
    this.#take()
  }

  /** Takes the counts out of the kernel. */
  #take(): void {
    const { source, speaker, sequence, log } = this.#dependencies
    const { modelId, masks, telemetry } = source()
    const contexts: ContextCensus[] = [...telemetry.patterns()].flatMap(([context, counted]) => {
      const inputMask = masks.get(context)
      return inputMask === undefined ? [] : [{ context, inputMask, ...counted }]
    })
    const streams = streamsIn(contexts)
    if (streams === 0) return
    telemetry.clearPatterns()
    this.#number++
    const header = headerOf(speaker, sequence())
    const toMicroseconds = Math.max(this.#from, header.publishedAtMicroseconds)
    const parts = splitCensus(contexts).map((piece, index, all) => {
      const census = {
        header,
        number: this.#number,
        part: index + 1,
        parts: all.length,
        fromMicroseconds: this.#from,
        toMicroseconds,
        modelId,
        contexts: piece,
      }
      return { part: index + 1, payload: encodeCensusPart(census) }
    })
    this.#from = toMicroseconds
    this.#waiting.push({ streams, parts })
    while (this.#waiting.length > MOST_WAITING) {
      const lost = this.#waiting.shift()!
      this.#lostStreams += lost.streams
      log.warn({}, `a census of ${lost.streams} streams is lost: the broker took none for too long`)
    }
  }

  #deliver(): Promise<void> {
    this.#delivering ??= this.#send().finally(() => {
      this.#delivering = undefined
    })
    return this.#delivering
  }

  async #send(): Promise<void> {
    const { mailbox, speaker } = this.#dependencies
    for (let census = this.#waiting[0]; census !== undefined; census = this.#waiting[0]) {
      for (let next = census.parts[0]; next !== undefined; next = census.parts[0]) {
        const topic = nodePath(speaker, `census/${next.part}`)
        const message = { topic, payload: next.payload, retain: true, schema: 'firsteight.v1.Census' }
        if (!(await mailbox.send(message))) return
        census.parts.shift()
      }
      if (this.#waiting[0] === census) this.#waiting.shift()
    }
  }
}
