import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { readTemperature } from './temperature.js'

/** How often the event loop's delay is looked at. Each look wakes the process. */
const RESOLUTION_MILLISECONDS = 100

/** How this process fares. */
export class ProcessFigures {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MILLISECONDS })
  #utilization: EventLoopUtilization = performance.eventLoopUtilization()

  start(): void {
    this.#delay.enable()
  }

  stop(): void {
    this.#delay.disable()
  }

  /** Processor time since the process's start, seconds. */
  cpuSeconds(): number {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  }

  /** By field of the catalogue; those of the event loop are since `restart`. */
  async gauges(): Promise<Map<string, number>> {
    const temperature = await readTemperature()
    return new Map([
      ['uptimeSeconds', process.uptime()],
      ['residentBytes', process.memoryUsage.rss()],
      ['heapUsedBytes', process.memoryUsage().heapUsed],
      ...(temperature === undefined ? [] : [['temperatureCelsius', temperature] as const]),
      ['eventLoopUtilization', performance.eventLoopUtilization(this.#utilization).utilization],
      ['eventLoopLagP99Seconds', lateness(this.#delay.percentile(99))],
      ['eventLoopLagHighestSeconds', lateness(this.#delay.max)],
    ])
  }

  /** Begins the event loop's figures anew; the next look is the first that a later one is measured from. */
  restart(): void {
    this.#utilization = performance.eventLoopUtilization()
    this.#delay.reset()
  }
}

/** @param nanoseconds from one look to the next, of which the resolution was meant; before the first look not a time */
function lateness(nanoseconds: number): number {
  const seconds = nanoseconds / 1e9 - RESOLUTION_MILLISECONDS / 1000
  return seconds > 0 && seconds < 86_400 ? seconds : 0
}
