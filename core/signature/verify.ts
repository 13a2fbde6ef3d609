import { verify } from 'node:crypto'
import { isoTime } from '../message-json.js'
import type { NodeName } from '../topics.js'
import { decodeStatement, openEnvelope, refused, type Statement, signedBytes } from './envelope.js'
import { PAYLOAD_TYPES, type PayloadType } from './payload-types.js'
import { formatTarget, includes, type Target } from './target.js'
import type { TrustedKeys } from './trusted-keys.js'

export interface Expectation {
  keys: TrustedKeys
  /** The type that the topic promises. */
  payloadType: PayloadType
  /** The agent that would act on it. */
  receiver: NodeName
  /** Microseconds since 1970. */
  now: number
  /** Lowest revision accepted for a target; see `revisionAfter`. Default: any. */
  lowestRevision?: (target: Target) => number
  /** Accept one that has expired: what was accepted in time and stored, or a link in a chain of keys. */
  evenExpired?: boolean
}

export interface Verified {
  readonly statement: Statement
  /** Hex id and name of the key that signed. */
  readonly keyId: string
  readonly keyName: string
}

/**
 * Checks one envelope, the signature before anything that it covers is even decoded.
 * @param bytes as received: hostile
 * @throws FirsteightError ENVELOPE_TOO_LARGE, ENVELOPE_MALFORMED, SIGNATURE_MISSING, SIGNATURE_UNKNOWN_KEY,
 *   SIGNATURE_INVALID, ENVELOPE_TYPE, SIGNATURE_KEY_ROLE, ENVELOPE_TARGET, ENVELOPE_NOT_YET_VALID, ENVELOPE_EXPIRED,
 *   ENVELOPE_OLD_REVISION; found in this order
 */
export function verifyEnvelope(bytes: Uint8Array, expected: Expectation): Verified {
  const { keys, payloadType, receiver, now } = expected
  const { statement: signed, keyId, signature } = openEnvelope(bytes)
  const trusted = keys.byId.get(keyId)
  if (trusted === undefined) {
    const hint = 'Sign it with an enrolled key, or rotate the keys of this agent first.'
    throw refused('SIGNATURE_UNKNOWN_KEY', `key ${keyId} is not trusted here`, hint, { keyId })
  }
  const { key, name: keyName, roles } = trusted
  if (!verify(null, signedBytes(signed), key.publicKey, signature)) {
    const hint = 'It was changed after signing, or signed with another key than it names.'
    throw refused('SIGNATURE_INVALID', `the signature does not fit key "${keyName}"`, hint, { keyId })
  }
  const statement = decodeStatement(signed)
  const { target, revision, notBefore, expiresAt } = statement
  if (statement.payloadType !== payloadType) {
    const problem = `a signed ${statement.payloadType} where ${payloadType} belongs`
    throw refused('ENVELOPE_TYPE', problem, 'Publish it on the topic of its type.')
  }
  const role = PAYLOAD_TYPES[payloadType]
  if (!roles.includes(role)) {
    const problem = `key "${keyName}" has the roles ${roles.join(', ')}, not ${role}`
    throw refused('SIGNATURE_KEY_ROLE', problem, `Sign it with a key that has the role ${role}.`, { keyId })
  }
  if (!includes(target, receiver)) {
    const problem = `it is for ${formatTarget(target)}, and this is ${receiver.site}/${receiver.node}`
    throw refused('ENVELOPE_TARGET', problem, 'Sign one for this node.')
  }
  if (now < notBefore) {
    const problem = `it is valid from ${isoTime(notBefore)}, and now is ${isoTime(now)}`
    throw refused('ENVELOPE_NOT_YET_VALID', problem, 'Check the clocks of signer and agent.', { notBefore })
  }
  if (now >= expiresAt && !expected.evenExpired) {
    const problem = `it expired at ${isoTime(expiresAt)}, and now is ${isoTime(now)}`
    throw refused('ENVELOPE_EXPIRED', problem, 'Sign it again, and check the clocks.', { expiresAt })
  }
  const lowest = expected.lowestRevision?.(target) ?? 0
  if (revision < lowest) {
    const problem = `revision ${revision} for ${formatTarget(target)}; at least ${lowest} is needed`
    throw refused('ENVELOPE_OLD_REVISION', problem, 'Sign it with a higher revision.', { revision, lowest })
  }
  return { statement, keyId, keyName }
}

/**
 * The lowest revision to accept after the last accepted one. Once the key that signed that one is trusted no more, any:
 * a thief who signed the highest possible revision must not lock the owner out for good.
 */
export function revisionAfter(
  last: { revision: number; keyId: string } | undefined,
  keys: TrustedKeys,
): number {
  return last !== undefined && keys.byId.has(last.keyId) ? last.revision + 1 : 0
}
