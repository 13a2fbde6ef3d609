import { FirsteightError } from '../../core/errors.js'
import type { TrustedKeys } from '../../core/signature/trusted-keys.js'
import { revisionAfter } from '../../core/signature/verify.js'
import type { ModelState } from './state.js'

/**
 * Refuses a model that is older than what was active here, or than an order allows.
 * @param keys what a key signed that is trusted no more must not lock the owner out, as with revisions; undefined: a
 *   rollback, which may go below the highest version
 * @throws FirsteightError MODEL_OLD_VERSION
 */
export function checkVersion(
  version: number,
  minimumVersion: number,
  { highest, ...state }: Pick<ModelState, 'highest' | 'minimumVersion'>,
  keys?: TrustedKeys,
): void {
  const bound =
    highest && keys ? revisionAfter({ revision: highest.version - 1, keyId: highest.keyId }, keys) : 0
  const lowest = Math.max(minimumVersion, state.minimumVersion, bound)
  if (version >= lowest) return
  throw new FirsteightError('MODEL_OLD_VERSION', `version ${version}; at least ${lowest} is needed here`, {
    hint: 'Give the model a higher version, or go back with `firsteight model rollback --to`.',
    details: { version, lowest },
  })
}
