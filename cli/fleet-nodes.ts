import type { Arrival } from '../core/broker/conversation.js'
import { FirsteightError } from '../core/errors.js'
import {
  type AnomalyReport,
  checkSpeaker,
  decodeAnomalyReport,
  decodeStatus,
  type Status,
} from '../core/messages.js'
import { decodeMetrics, type Metrics } from '../core/metrics-message.js'
import { decodeReportedConfig, type ReportedConfig } from '../core/reported-config.js'
import { parsePath } from '../core/topics.js'
import { type Refusal, readOrderReport, settingsRefusals } from './fleet-refusals.js'

/** What is known of one agent. */
export interface FleetNode {
  site: string
  node: string
  status?: Status
  metrics?: Metrics
  config?: ReportedConfig
}

/** What an arrival was, checked. */
export type FleetNews =
  | { kind: 'status'; node: FleetNode; status: Status; previous: Status | undefined }
  | { kind: 'metrics'; node: FleetNode; metrics: Metrics }
  | { kind: 'anomaly'; node: FleetNode; report: AnomalyReport }
  | { kind: 'orders'; node: FleetNode; path: string; refusals: Refusal[] }
  | { kind: 'invalid'; topic: string; error: FirsteightError }

/** What the views subscribe to, below site and node. */
export const VIEW_PATHS = ['status', 'metrics', 'config/reported'] as const

/** Agents remembered; further ones are left out, and counted. */
const MOST_NODES = 100_000

/** The agents at a broker, as their retained messages tell. */
export class FleetNodes {
  readonly #nodes = new Map<string, FleetNode>()
  #leftOut = 0

  /** By site, then node. */
  get all(): FleetNode[] {
    const key = ({ site, node }: FleetNode) => `${site}/${node}`
    return [...this.#nodes.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1))
  }

  get leftOut(): number {
    return this.#leftOut
  }

  /**
   * Never throws, whatever came.
   * @returns undefined for what says nothing: a deleted message, or another topic
   */
  take({ topic, payload }: Arrival): FleetNews | undefined {
    const parsed = parsePath(topic)
    if (parsed === undefined || payload.length === 0) return undefined
    try {
      if (parsed.path === 'status') {
        const status = decodeStatus(payload)
        checkSpeaker(parsed, status.header)
        const node = this.#node(parsed)
        const previous = node.status
        node.status = status
        return { kind: 'status', node, status, previous }
      }
      if (parsed.path === 'metrics') {
        const metrics = decodeMetrics(payload)
        checkSpeaker(parsed, metrics.header)
        const node = this.#node(parsed)
        node.metrics = metrics
        return { kind: 'metrics', node, metrics }
      }
      if (parsed.path === 'config/reported') {
        const config = decodeReportedConfig(payload)
        checkSpeaker(parsed, config.header)
        const node = this.#node(parsed)
        node.config = config
        return { kind: 'orders', node, path: parsed.path, refusals: settingsRefusals(config) }
      }
      const orders = readOrderReport(parsed.path, payload)
      if (orders !== undefined) {
        checkSpeaker(parsed, orders.header)
        return { kind: 'orders', node: this.#node(parsed), path: parsed.path, refusals: orders.refusals }
      }
      if (parsed.path !== 'anomaly') return undefined
      const report = decodeAnomalyReport(payload)
      checkSpeaker(parsed, report.header)
      return { kind: 'anomaly', node: this.#node(parsed), report }
    } catch (error) {
      if (!(error instanceof FirsteightError)) throw error
      return { kind: 'invalid', topic, error }
    }
  }

  #node({ site, node }: { site: string; node: string }): FleetNode {
    const key = `${site}/${node}`
    const known = this.#nodes.get(key)
    if (known !== undefined) return known
    const made: FleetNode = { site, node }
    if (this.#nodes.size < MOST_NODES) this.#nodes.set(key, made)
    else this.#leftOut++
    return made
  }
}
