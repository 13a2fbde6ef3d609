import { createHash } from 'node:crypto'
import type { Conversation } from '../core/broker/conversation.js'
import { type DesiredConfig, decodeDesiredConfig } from '../core/desired-config.js'
import { FirsteightError } from '../core/errors.js'
import { decodeStatus } from '../core/messages.js'
import { decodeReportedConfig, type ReportedConfig } from '../core/reported-config.js'
import { decodeStatement, openEnvelope } from '../core/signature/envelope.js'
import { formatTarget, includes, type Target } from '../core/signature/target.js'
import { type NodeName, parsePath, pathFilter, targetPath } from '../core/topics.js'
import { firsteight } from '../generated/messages.js'

/** What stands at the broker for one target. Its signature is for the agents to verify. */
export interface Desired {
  readonly target: Target
  readonly revision: number
  /** Hex. */
  readonly keyId: string
  /** Microseconds since 1970. */
  readonly notBefore: number
  readonly expiresAt: number
  readonly config: DesiredConfig
  readonly envelope: Uint8Array
  /** SHA-256 of the envelope. */
  readonly digest: Uint8Array
}

/** One agent, as its retained messages tell. */
export interface ManagedNode extends NodeName {
  readonly isOnline: boolean
  /** Undefined: it has never reported, so nobody manages it. */
  readonly report: ReportedConfig | undefined
}

/** Everything about settings that the broker retains. */
export interface FleetSettings {
  /** By target, as `formatTarget` writes it. */
  readonly desired: ReadonlyMap<string, Desired>
  /** Agents by `site/node`. */
  readonly nodes: ReadonlyMap<string, ManagedNode>
  /** Topics whose message is none of firsteight. */
  readonly invalid: readonly string[]
}

/**
 * @throws FirsteightError ENVELOPE_*, SIGNATURE_MISSING, CONFIG_INVALID; ENVELOPE_TYPE for another kind of order
 */
export function readDesired(envelope: Uint8Array): Desired {
  const { statement, keyId } = openEnvelope(envelope)
  const { payloadType, payload, target, revision, notBefore, expiresAt } = decodeStatement(statement)
  if (payloadType !== 'firsteight.v1.DesiredConfig') {
    throw new FirsteightError('ENVELOPE_TYPE', `a signed ${payloadType}, not settings`, {
      hint: 'Give a file that `firsteight fleet config set --envelope-out` wrote.',
    })
  }
  const digest = createHash('sha256').update(envelope).digest()
  return {
    target,
    revision,
    keyId,
    notBefore,
    expiresAt,
    config: decodeDesiredConfig(payload),
    envelope,
    digest,
  }
}

/** @throws FirsteightError why the connection ended, BROKER_REFUSED */
export async function collectSettings(conversation: Conversation): Promise<FleetSettings> {
  const desired = new Map<string, Desired>()
  const nodes = new Map<string, ManagedNode>()
  const invalid: string[] = []
  const take = (topic: string, payload: Uint8Array) => {
    if (payload.length === 0) return
    const name = parsePath(topic)!
    if (name.path === 'config/desired') {
      const found = readDesired(payload)
      if (targetPath(found.target, name.path) !== topic) throw new FirsteightError('ENVELOPE_TARGET', topic)
      desired.set(formatTarget(found.target), found)
      return
    }
    const { site, node, path } = name
    const key = `${site}/${node}`
    const known = nodes.get(key) ?? { site, node, isOnline: false, report: undefined }
    if (path === 'config/reported') nodes.set(key, { ...known, report: decodeReportedConfig(payload) })
    if (path === 'status') {
      const isOnline = decodeStatus(payload).state === firsteight.v1.State.ONLINE
      nodes.set(key, { ...known, isOnline })
    }
  }
  for (const path of ['config/+', 'status']) {
    for (const [topic, payload] of await conversation.collect(pathFilter(path))) {
      try {
        take(topic, payload)
      } catch (error) {
        if (!(error instanceof FirsteightError)) throw error
        invalid.push(topic)
      }
    }
  }
  return { desired, nodes, invalid }
}

/** The agents of a target, by name. */
export function nodesOf({ nodes }: FleetSettings, target: Target): ManagedNode[] {
  return [...nodes.values()]
    .filter((node) => includes(target, node))
    .sort((a, b) => nameOf(a).localeCompare(nameOf(b)))
}

export function nameOf({ site, node }: NodeName): string {
  return `${site}/${node}`
}

/** What is wanted of one agent, every agent's first. */
export function desiredFor({ desired }: FleetSettings, { site, node }: NodeName): Desired[] {
  return ['all', site, `${site}/${node}`].flatMap((target) => desired.get(target) ?? [])
}

export interface Outcome {
  readonly state: 'in force' | 'waits for a restart' | 'refused' | 'not answered' | 'not managed'
  /** Paths that wait, or code and message of the refusal. */
  readonly detail: string
  readonly code?: string
}

/** What an agent made of a message. */
export function outcomeOf(desired: Desired, report: ReportedConfig | undefined): Outcome {
  if (report === undefined) return { state: 'not managed', detail: 'it has never reported settings' }
  const isThis = ({ digest }: { digest: Uint8Array }) => Buffer.compare(digest, desired.digest) === 0
  if (report.levels.some(isThis)) {
    const waiting = report.waiting.map(({ path }) => path).filter((path) => desired.config.settings.has(path))
    return waiting.length > 0
      ? { state: 'waits for a restart', detail: waiting.join(', ') }
      : { state: 'in force', detail: '' }
  }
  const refusal = report.refusals.find(isThis)
  if (refusal === undefined) return { state: 'not answered', detail: '' }
  return { state: 'refused', detail: `${refusal.code}: ${refusal.message}`, code: refusal.code }
}
