import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Arrival } from '../core/broker/conversation.js'
import { Listener } from '../core/broker/listener.js'
import { resolveBroker } from '../core/broker/options.js'
import { createLog } from '../core/log.js'
import type { Target } from '../core/signature/target.js'
import { pathFilter } from '../core/topics.js'
import { type BrokerFlags, brokerSettings } from './broker-options.js'

/** Retained messages come at once after the subscription; after so long without one there are no more, ms. */
const QUIET_MILLISECONDS = 400

/**
 * Takes what agents have published, first what the broker retains, and, unless the time is over at once, what they
 * publish from then on.
 * @param paths below site and node; they may hold wildcards
 * @param milliseconds after the retained messages
 * @throws FirsteightError BROKER_*
 */
export async function takeArrivals(
  flags: BrokerFlags,
  { paths, target, milliseconds = 0, signal }: ArrivalOptions,
  take: (arrival: Arrival) => void,
): Promise<void> {
  const only = { ...(target.site && { site: target.site }), ...(target.node && { node: target.node }) }
  let last = performance.now()
  const listener = new Listener({
    options: resolveBroker(brokerSettings(flags), `firsteight-fleet-${randomUUID()}`),
    log: createLog({ format: 'text', level: 'warn' }),
    filters: paths.map((path) => pathFilter(path, only)),
    take: (arrival) => {
      if (arrival.retained) last = performance.now()
      take(arrival)
    },
  })
  await Promise.race([listener.start(), aborted(signal)])
  last = Math.max(last, performance.now())
  while (!signal.aborted && performance.now() - last < QUIET_MILLISECONDS) await sleep(QUIET_MILLISECONDS / 8)
  if (milliseconds > 0) await sleep(milliseconds, undefined, { signal }).catch(() => {})
  await listener.stop()
}

export interface ArrivalOptions {
  paths: readonly string[]
  target: Target
  milliseconds?: number
  signal: AbortSignal
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
