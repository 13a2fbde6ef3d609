import { isoTime } from '../core/message-json.js'
import { metricValue } from '../core/metrics-message.js'
import { firsteight } from '../generated/messages.js'
import { type Alarm, alarmsOf } from './fleet-alarms.js'
import type { FleetNode } from './fleet-nodes.js'

const { State } = firsteight.v1

/** What the views say of an agent. */
export interface NodeFacts {
  site: string
  node: string
  /** Of the status; `UNKNOWN` where there is none. */
  state: string
  /** When it came into that state; null for OFFLINE, because the broker does not say when it lost an agent. */
  since: string | null
  /** Its last sign of life, by its own clock; null where there is none. */
  lastSeen: string | null
  agentVersion: string
  modelId: string
  kernel: string
  capture: string
  /** The highest revision of settings that it holds; null where it has reported none. */
  configRevision: number | null
  /** Seconds since the last metrics; null where there are none. */
  metricsAge: number | null
  captureDropped: number | 'unknown'
  reportsWaiting: number | 'unknown'
  /** Of the last interval; none for an agent that is not online. */
  alarms: Alarm[]
}

/** @param nowMicroseconds since 1970 */
export function factsOf(
  { site, node, status, metrics, config }: FleetNode,
  nowMicroseconds: number,
): NodeFacts {
  const state = status ? State[status.state]! : 'UNKNOWN'
  const signs = [status?.header.publishedAtMicroseconds ?? 0, metrics?.toMicroseconds ?? 0]
  const lastSeen = Math.max(...signs)
  const figure = (field: string) => (metrics && metricValue(metrics, field)) ?? 'unknown'
  return {
    site,
    node,
    state,
    since: status && state !== 'OFFLINE' ? isoTime(status.header.publishedAtMicroseconds) : null,
    lastSeen: lastSeen > 0 ? isoTime(lastSeen) : null,
    agentVersion: status?.agentVersion ?? 'unknown',
    modelId:
      metrics && metrics.header.bootId === status?.header.bootId ? metrics.modelId : (status?.modelId ?? ''),
    kernel: status?.kernel ?? 'unknown',
    capture: status?.capture ?? 'unknown',
    configRevision:
      config && config.levels.length > 0 ? Math.max(...config.levels.map(({ revision }) => revision)) : null,
    metricsAge: metrics ? Math.max(0, (nowMicroseconds - metrics.toMicroseconds) / 1e6) : null,
    captureDropped: figure('captureDropped'),
    reportsWaiting: figure('reportsWaiting'),
    alarms: state === 'ONLINE' && metrics ? alarmsOf(metrics) : [],
  }
}

/** `12 s`, `5 min`, `3 h`, `4 d`. */
export function ageText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

/** `2026-11-29 16:20:05` of an ISO time, UTC. */
export function timeText(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ')
}
