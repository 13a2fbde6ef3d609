import { decodeCommandResult } from '../core/command-message.js'
import type { Header } from '../core/messages.js'
import { decodeModelReport, type ModelReport } from '../core/model-report.js'
import { decodeReportedKeys, type ReportedConfig } from '../core/reported-config.js'
import { formatTarget } from '../core/signature/target.js'
import { firsteight } from '../generated/messages.js'

const { CommandState, RolloutState } = firsteight.v1

/** An order that an agent did not take, or that failed there, in its own words. */
export interface Refusal {
  order: 'settings' | 'keys' | 'model' | 'command'
  /** Of docs/errors.md. */
  code: string
  message: string
  /** Whom or which it was for; a command's id. Empty where it is unknown. */
  about: string
  /** The same each time the same refusal is told, as retained reports do. */
  key: string
}

/** What an agent says of orders: the message's header, and what it refuses now. */
export interface OrderReport {
  header: Header
  refusals: Refusal[]
}

/** Topics below site and node on which agents tell of orders, beside `config/reported`. */
export const ORDER_PATHS = ['keys/reported', 'model/reported', 'cmd/+/result'] as const

export function settingsRefusals({ refusals }: ReportedConfig): Refusal[] {
  return refusals.map(({ target, code, message, digest, refusedAtMicroseconds }) => {
    const key = `${Buffer.from(digest).toString('hex')} ${code} ${refusedAtMicroseconds}`
    return { order: 'settings', code, message, about: formatTarget(target), key }
  })
}

/**
 * @param path of the message, below site and node
 * @param payload as received: hostile until checked
 * @returns undefined for a topic that is none of ORDER_PATHS
 * @throws FirsteightError MESSAGE_INVALID naming the field
 */
export function readOrderReport(path: string, payload: Uint8Array): OrderReport | undefined {
  if (path === 'keys/reported') {
    const { header, refusedCode: code, refusedMessage: message } = decodeReportedKeys(payload)
    const refusal: Refusal = { order: 'keys', code, message, about: '', key: `${code} ${message}` }
    return { header, refusals: code === '' ? [] : [refusal] }
  }
  if (path === 'model/reported') {
    const report = decodeModelReport(payload)
    return { header: report.header, refusals: modelRefusals(report) }
  }
  if (!/^cmd\/[^/]+\/result$/.test(path)) return undefined
  const { header, state, code, message, commandId } = decodeCommandResult(payload)
  const refused = state === CommandState.COMMAND_REFUSED || state === CommandState.COMMAND_FAILED
  const refusal: Refusal = { order: 'command', code, message, about: commandId, key: commandId }
  return { header, refusals: refused ? [refusal] : [] }
}

function modelRefusals({ rollout, lastRefusal }: ModelReport): Refusal[] {
  const refusals: Refusal[] = []
  if (rollout != null && ENDED_BADLY.has(rollout.state)) {
    const { code, reason: message, rolloutId, modelId, sinceMicroseconds } = rollout
    refusals.push({
      ...{ order: 'model', code, message, about: modelId.slice(0, 12) },
      key: `${rolloutId} ${code} ${sinceMicroseconds}`,
    })
  }
  if (lastRefusal != null) {
    const { code, message, topic, atMicroseconds } = lastRefusal
    refusals.push({ order: 'model', code, message, about: topic, key: `${code} ${atMicroseconds}` })
  }
  return refusals
}

const ENDED_BADLY: ReadonlySet<number> = new Set([
  RolloutState.FAILED,
  RolloutState.REJECTED,
  RolloutState.TIMED_OUT,
])
