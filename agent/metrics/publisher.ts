import { messageOf } from '../../core/errors.js'
import type { Log } from '../../core/log.js'
import type { MetricSample } from '../../core/metric-catalogue.js'
import { encodeMetrics } from '../../core/metrics-message.js'
import { nodePath } from '../../core/topics.js'
import { headerOf, type Speaker } from '../header.js'
import type { Mailbox } from '../link/mailbox.js'
import type { AgentPart } from '../part.js'
import { ProcessFigures } from './process-figures.js'
import { Readings } from './readings.js'
import type { MetricSources } from './sources.js'
import { type Counts, difference } from './totals.js'

export interface MetricsDependencies {
  sources: MetricSources
  mailbox: Pick<Mailbox, 'send'>
  speaker: Speaker
  /** Number of the last alert. */
  sequence(): number
  intervalMilliseconds: number
  log: Log
}

/** How long the agent's end waits for the last message. */
const LAST_MILLISECONDS = 2000

/**
 * Publishes every interval what was counted since the last message that the broker has acknowledged: what it did not
 * take is in the next one, so nothing is missing after an outage, and nothing is queued.
 */
export class MetricsPublisher implements AgentPart {
  readonly #dependencies: MetricsDependencies
  readonly #readings: Readings
  readonly #process = new ProcessFigures()
  readonly #topic: string
  #timer: NodeJS.Timeout | undefined
  #number = 1
  #from = 0
  #acknowledged: Counts = new Map()
  #sending: Promise<boolean> | undefined

  constructor(dependencies: MetricsDependencies) {
    this.#dependencies = dependencies
    this.#readings = new Readings(dependencies.sources)
    this.#topic = nodePath(dependencies.speaker, 'metrics')
  }

  start(): void {
    this.#process.start()
    this.#from = headerOf(this.#dependencies.speaker, 0).publishedAtMicroseconds
    this.#timer = setInterval(() => void this.publishNow(), this.#dependencies.intervalMilliseconds)
    this.#timer.unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    let limit: NodeJS.Timeout | undefined
    await Promise.race([
      this.publishNow(),
      new Promise((resolve) => {
        limit = setTimeout(resolve, LAST_MILLISECONDS)
      }),
    ])
    clearTimeout(limit)
    this.#process.stop()
  }

  /**
   * Publishes what was counted until now, unless a message is under way already.
   * @returns whether the broker has acknowledged it
   */
  publishNow(): Promise<boolean> {
    this.#sending ??= this.#publish().finally(() => {
      this.#sending = undefined
    })
    return this.#sending
  }

  modelChanges(): void {
    this.#readings.observe(this.#process.cpuSeconds())
  }

  /** Counters since the agent's start, and gauges. */
  async samples(): Promise<MetricSample[]> {
    const totals = this.#readings.observe(this.#process.cpuSeconds())
    return this.#readings.samples(totals, await this.#gauges())
  }

  async #publish(): Promise<boolean> {
    const { speaker, sequence, sources, mailbox, log } = this.#dependencies
    try {
      const gauges = await this.#gauges()
      const totals = this.#readings.observe(this.#process.cpuSeconds())
      const header = headerOf(speaker, sequence())
      const to = Math.max(this.#from, header.publishedAtMicroseconds)
      const payload = encodeMetrics({
        header,
        number: this.#number,
        fromMicroseconds: this.#from,
        toMicroseconds: to,
        modelId: sources.modelId(),
        samples: this.#readings.samples(difference(this.#acknowledged, totals), gauges),
      })
      const message = { topic: this.#topic, payload, retain: true, schema: 'firsteight.v1.Metrics' }
      if (!(await mailbox.send(message))) return false
      this.#acknowledged = totals
      this.#from = to
      this.#number++
      this.#process.restart()
      return true
    } catch (error) {
      log.warn({}, `metrics not published: ${messageOf(error)}`)
      return false
    }
  }

  async #gauges(): Promise<Map<string, number>> {
    return new Map([...this.#readings.gauges(), ...(await this.#process.gauges())])
  }
}
