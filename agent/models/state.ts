import { decode } from '../../core/messages.js'
import { checkRollout, type Rollout } from '../../core/model-report.js'
import { firsteight } from '../../generated/messages.js'

const { v1 } = firsteight

/** The key that signed, as it was trusted when the order was accepted. */
export interface Signer {
  keyId: string
  name: string
  /** SubjectPublicKeyInfo (DER), base64. */
  publicKey: string
}

/** A signed manifest that was accepted. */
export interface AcceptedOrder {
  /** As received, base64. */
  envelope: string
  signer: Signer
}

/** A model on disk, beside the order that brought it. */
export interface StoredModel extends AcceptedOrder {
  id: string
}

/** `shipped`: the model that the agent is configured with. */
export type Slot = StoredModel | 'shipped'

/** Undefined for the configured model. */
export function idOf(slot: Slot): string | undefined {
  return slot === 'shipped' ? undefined : slot.id
}

/** The last order accepted for one of the agent's three targets. */
export interface LastAccepted {
  revision: number
  keyId: string
  /** SHA-256 of the envelope, hex. */
  digest: string
}

export type Level = 'node' | 'site' | 'all'

/** An order and how far it has come. */
export interface CurrentRollout {
  order: AcceptedOrder
  /** Microseconds since 1970: when it was accepted. */
  acceptedAt: number
  /** As it is reported. */
  report: Rollout
}

/** All that the agent must know of its models after any end. */
export interface ModelState {
  active: Slot
  previous: Slot | undefined
  candidate: StoredModel | undefined
  /** Highest version that became active, and who signed it. */
  highest: { version: number; keyId: string } | undefined
  /** No order may name a lower version. */
  minimumVersion: number
  lastAccepted: Partial<Record<Level, LastAccepted>>
  rollout: CurrentRollout | undefined
  /** Ids of models that were refused or returned from; the last 16. */
  refused: string[]
}

export const FRESH_STATE: ModelState = {
  active: 'shipped',
  previous: undefined,
  candidate: undefined,
  highest: undefined,
  minimumVersion: 0,
  lastAccepted: {},
  rollout: undefined,
  refused: [],
}

const SCHEMA_VERSION = 1
const MOST_REFUSED = 16

export function withRefused(state: ModelState, id: string): string[] {
  return [...state.refused.filter((other) => other !== id), id].slice(-MOST_REFUSED)
}

export function formatState({ rollout, ...rest }: ModelState): string {
  const report = rollout && Buffer.from(v1.Rollout.encode(rollout.report).finish()).toString('base64')
  return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...rest, rollout: rollout && { ...rollout, report } })}\n`
}

/** @throws Error saying what is wrong; the file is the agent's own, so that damage is all it must be safe from */
export function parseState(text: string): ModelState {
  const { schemaVersion, ...state } = object(JSON.parse(text), 'state')
  if (schemaVersion !== SCHEMA_VERSION) throw new Error(`schema version ${schemaVersion}`)
  const { active, previous, candidate, highest, minimumVersion, lastAccepted, rollout, refused } = state
  if (!Array.isArray(refused)) throw new Error('refused: expected a list')
  return {
    active: slot(active, 'active'),
    previous: optional(previous, 'previous', slot),
    candidate: optional(candidate, 'candidate', storedModel),
    highest: optional(highest, 'highest', (value, at) => {
      const { version, keyId } = object(value, at)
      return { version: whole(version, at), keyId: string(keyId, at) }
    }),
    minimumVersion: whole(minimumVersion, 'minimumVersion'),
    lastAccepted: lastAcceptedFrom(lastAccepted),
    rollout: optional(rollout, 'rollout', rolloutFrom),
    refused: refused.map((id) => string(id, 'refused')),
  }
}

function lastAcceptedFrom(value: unknown): ModelState['lastAccepted'] {
  const found: ModelState['lastAccepted'] = {}
  for (const [level, entry] of Object.entries(object(value, 'lastAccepted'))) {
    const { revision, keyId, digest } = object(entry, level)
    found[level as Level] = {
      revision: whole(revision, level),
      keyId: string(keyId, level),
      digest: string(digest, level),
    }
  }
  return found
}

function rolloutFrom(value: unknown, at: string): CurrentRollout {
  const { order, acceptedAt, report } = object(value, at)
  const decoded = decode(v1.Rollout, Buffer.from(string(report, at), 'base64')) as Rollout
  checkRollout(decoded)
  return { order: acceptedOrder(order, at), acceptedAt: whole(acceptedAt, at), report: decoded }
}

function slot(value: unknown, at: string): Slot {
  return value === 'shipped' ? value : storedModel(value, at)
}

function storedModel(value: unknown, at: string): StoredModel {
  const id = string(object(value, at).id, at)
  // It becomes part of a path.
  if (!/^[0-9a-f]{64}$/.test(id)) throw new Error(`${at}.id: expected 64 hex digits`)
  return { id, ...acceptedOrder(value, at) }
}

function acceptedOrder(value: unknown, at: string): AcceptedOrder {
  const { envelope, signer } = object(value, at)
  const { keyId, name, publicKey } = object(signer, `${at}.signer`)
  return {
    envelope: string(envelope, at),
    signer: { keyId: string(keyId, at), name: string(name, at), publicKey: string(publicKey, at) },
  }
}

function optional<T>(value: unknown, at: string, read: (value: unknown, at: string) => T): T | undefined {
  return value == null ? undefined : read(value, at)
}

function object(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error(`${at}: expected an object`)
  return value as Record<string, unknown>
}

function string(value: unknown, at: string): string {
  if (typeof value !== 'string') throw new Error(`${at}: expected text`)
  return value
}

function whole(value: unknown, at: string): number {
  if (!Number.isSafeInteger(value)) throw new Error(`${at}: expected a whole number`)
  return value as number
}
