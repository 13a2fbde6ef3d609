import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'

/**
 * Loaded into the agent's process before the agent (`node --import`): measures from inside what cannot be seen from
 * outside, and answers over the process's IPC channel. Sends `"ready"` at the start and, to each message from outside, a
 * `ProbeReading`; the lag counts from the reading before.
 */

/** What the probe says. */
export interface ProbeReading {
  /** How much later than asked for a timer ran: the latest of all, and 99 of 100 were sooner; ms. */
  lagMaximum: number
  lagHigh: number
  /** Bytes of JavaScript's heap in use, and garbage collections since the start. */
  heapUsed: number
  collections: number
}

/** A timer runs this often, ms. */
const RESOLUTION = 2

const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
delay.enable()
let collections = 0
new PerformanceObserver((list) => {
  collections += list.getEntries().length
}).observe({ entryTypes: ['gc'] })

process.on('message', () => {
  const lag = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION)
  const reading: ProbeReading = {
    lagMaximum: lag(delay.max),
    lagHigh: lag(delay.percentile(99)),
    heapUsed: process.memoryUsage().heapUsed,
    collections,
  }
  delay.reset()
  process.send?.(reading)
})
// Neither the channel nor what listens on it keeps the agent from ending.
process.channel?.unref()
process.send?.('ready')
