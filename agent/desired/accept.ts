import { createHash } from 'node:crypto'
import { type DesiredConfig, decodeDesiredConfig } from '../../core/desired-config.js'
import { formatTarget, type Target } from '../../core/signature/target.js'
import { type Expectation, verifyEnvelope } from '../../core/signature/verify.js'
import { fleetProblems } from '../fleet-settings.js'
import { type Level, levelOf } from './levels.js'

/** A message of one level that passed every check of its own. */
export interface Accepted {
  readonly level: Level
  readonly target: Target
  readonly revision: number
  /** Hex id and name of the key that signed it. */
  readonly keyId: string
  readonly keyName: string
  readonly desired: DesiredConfig
  readonly envelope: Uint8Array
  /** SHA-256 of the envelope. */
  readonly digest: Uint8Array
}

/**
 * Checks one message as far as it can be checked by itself.
 * @param envelope hostile
 * @throws FirsteightError as `verifyEnvelope` does; CONFIG_INVALID with every problem in `details.problems`
 */
export function accept(envelope: Uint8Array, expected: Omit<Expectation, 'payloadType'>): Accepted {
  const { statement, keyId, keyName } = verifyEnvelope(envelope, {
    ...expected,
    payloadType: 'firsteight.v1.DesiredConfig',
  })
  const { target, revision, notBefore, payload } = statement
  const desired = decodeDesiredConfig(payload)
  const problems = fleetProblems(
    desired,
    notBefore,
    `settings for ${formatTarget(target)}, revision ${revision}`,
  )
  if (problems !== undefined) throw problems
  return {
    level: levelOf(target),
    target,
    revision,
    keyId,
    keyName,
    desired,
    envelope,
    digest: digestOf(envelope),
  }
}

export function digestOf(envelope: Uint8Array): Uint8Array {
  return createHash('sha256').update(envelope).digest()
}
