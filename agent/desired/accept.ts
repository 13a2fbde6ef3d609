import { createHash } from 'node:crypto'
import { type DesiredConfig, decodeDesiredConfig } from '../../core/desired-config.js'
import { FirsteightError } from '../../core/errors.js'
import { exceptionProblems } from '../../core/exceptions.js'
import { formatTarget, type Target } from '../../core/signature/target.js'
import { type Expectation, verifyEnvelope } from '../../core/signature/verify.js'
import { fleetSettingProblems } from '../fleet-settings.js'
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
  checkDesired(desired, notBefore, `settings for ${formatTarget(target)}, revision ${revision}`)
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

/**
 * @param from when it begins, microseconds since 1970 @param source names it in problems
 * @throws FirsteightError CONFIG_INVALID with every problem in `details.problems`
 */
export function checkDesired({ settings, exceptions }: DesiredConfig, from: number, source: string): void {
  const problems = [...fleetSettingProblems(settings, source), ...exceptionProblems(exceptions, from)]
  if (problems.length === 0) return
  const lines = problems.map(({ path, expected, found }) => `${path}: expected ${expected}; found ${found}`)
  throw new FirsteightError('CONFIG_INVALID', `${source}: ${lines.join('; ')}`, {
    hint: 'docs/configuration.md says of each setting whether the fleet may set it, and its bounds.',
    details: { problems },
  })
}

export function digestOf(envelope: Uint8Array): Uint8Array {
  return createHash('sha256').update(envelope).digest()
}
