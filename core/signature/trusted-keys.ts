import { readFile } from 'node:fs/promises'
import { firsteight } from '../../generated/messages.js'
import { FirsteightError, messageOf } from '../errors.js'
import { isPrintable } from '../text.js'
import { decode } from './envelope.js'
import { type VerifyingKey, verifyingKeyFrom } from './keys.js'
import { ROLES, type RoleName, roleName, roleNumber } from './payload-types.js'

/** The keys that an agent trusts, in a file of its state folder (JSON) and in the message that replaces them. */

const { TrustedKeys: Message } = firsteight.v1

const MAXIMUM_KEYS = 16
const MAXIMUM_NAME_LENGTH = 64
const FILE_LIMIT = 65_536

export interface TrustedKey {
  readonly key: VerifyingKey
  /** For people. */
  readonly name: string
  /** What it may sign. */
  readonly roles: readonly RoleName[]
}

export interface TrustedKeys {
  /** Of the change of keys that brought them; 0 at enrolment. */
  readonly revision: number
  /** By key id, 1 to 16. */
  readonly byId: ReadonlyMap<string, TrustedKey>
}

/** @throws FirsteightError TRUST_INVALID when the set is empty, too large, repeats a key, or none of its keys may sign keys */
export function trustedKeys(revision: number, keys: readonly TrustedKey[]): TrustedKeys {
  if (keys.length === 0 || keys.length > MAXIMUM_KEYS) {
    throw invalid(`keys: expected 1 to ${MAXIMUM_KEYS}, found ${keys.length}`)
  }
  for (const [index, { name, roles }] of keys.entries()) {
    if (name === '' || name.length > MAXIMUM_NAME_LENGTH || !isPrintable(name)) {
      throw invalid(`keys[${index}].name: expected 1 to ${MAXIMUM_NAME_LENGTH} printable characters`)
    }
    if (roles.length === 0 || new Set(roles).size < roles.length) {
      throw invalid(
        `keys[${index}].roles: expected each of ${ROLES.join(', ')} at most once, and one at least`,
      )
    }
  }
  const byId = new Map(keys.map((trusted) => [trusted.key.id, trusted]))
  if (byId.size < keys.length) throw invalid('keys: the same key twice')
  if (!keys.some(({ roles }) => roles.includes('keys'))) {
    throw invalid('keys: none has the role "keys", so they could never be changed again')
  }
  return { revision, byId }
}

/** The payload of a change of keys. */
export function encodeTrustedKeys({ byId }: TrustedKeys): Uint8Array {
  const keys = [...byId.values()].map(({ key, name, roles }) => ({
    publicKey: key.bytes,
    name,
    roles: roles.map(roleNumber),
  }))
  return Message.encode({ keys }).finish()
}

/**
 * @param bytes the payload of a verified change of keys
 * @throws FirsteightError ENVELOPE_MALFORMED, TRUST_INVALID
 */
export function decodeTrustedKeys(bytes: Uint8Array, revision: number): TrustedKeys {
  const keys = decode(Message, bytes, 'trusted_keys').keys.map(({ publicKey, name, roles }, index) => ({
    key: keyFrom(publicKey ?? new Uint8Array(0), index),
    name: name ?? '',
    // A role that only a later version knows is none of ours.
    roles: (roles ?? []).map(roleName).filter((role) => role !== undefined),
  }))
  return trustedKeys(revision, keys)
}

/** @throws FirsteightError FILE_UNREADABLE, TRUST_INVALID */
export async function readTrustFile(path: string): Promise<TrustedKeys> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new FirsteightError('FILE_UNREADABLE', `trusted keys ${path}: ${messageOf(error)}`, {
      hint: 'Enrol this agent with `firsteight enroll`, or check the permissions of its state folder.',
      details: { file: path },
      cause: error,
    })
  }
  try {
    return parseTrustFile(text)
  } catch (error) {
    const reason = messageOf(error)
    throw new FirsteightError('TRUST_INVALID', `trusted keys ${path}: ${reason}`, {
      hint: 'Enrol this agent again with `firsteight enroll`.',
      details: { file: path },
      cause: error,
    })
  }
}

/** The text of a file of trusted keys. Public keys are base64 of SubjectPublicKeyInfo (DER). */
export function formatTrustFile({ revision, byId }: TrustedKeys): string {
  const keys = [...byId.values()].map(({ key, name, roles }) => ({
    name,
    roles,
    publicKey: Buffer.from(key.bytes).toString('base64'),
  }))
  return `${JSON.stringify({ revision, keys }, undefined, 2)}\n`
}

function parseTrustFile(text: string): TrustedKeys {
  if (text.length > FILE_LIMIT) throw invalid(`longer than ${FILE_LIMIT} characters`)
  const { revision, keys } = JSON.parse(text) as { revision?: unknown; keys?: unknown }
  if (!Number.isSafeInteger(revision) || (revision as number) < 0)
    throw invalid('revision: expected an integer')
  if (!Array.isArray(keys)) throw invalid('keys: expected a list')
  return trustedKeys(revision as number, keys.map(parseKey))
}

function parseKey(entry: unknown, index: number): TrustedKey {
  const { name, roles, publicKey } = (entry ?? {}) as Record<string, unknown>
  if (typeof name !== 'string') throw invalid(`keys[${index}].name: expected text`)
  if (!Array.isArray(roles) || !roles.every((role) => ROLES.includes(role))) {
    throw invalid(`keys[${index}].roles: expected a list of ${ROLES.join(', ')}`)
  }
  if (typeof publicKey !== 'string') throw invalid(`keys[${index}].publicKey: expected base64`)
  return { key: keyFrom(Buffer.from(publicKey, 'base64'), index), name, roles }
}

function keyFrom(bytes: Uint8Array, index: number): VerifyingKey {
  try {
    return verifyingKeyFrom(bytes)
  } catch (error) {
    throw invalid(`keys[${index}]: no Ed25519 public key: ${messageOf(error)}`)
  }
}

function invalid(problem: string): FirsteightError {
  return new FirsteightError('TRUST_INVALID', problem, { hint: 'See docs/fleet.md, "Keys".' })
}
