import { basename } from 'node:path'
import { FirsteightError } from '../core/errors.js'
import { readVerifyingKey } from '../core/signature/keys.js'
import { ROLES, type RoleName } from '../core/signature/payload-types.js'
import type { TrustedKey } from '../core/signature/trusted-keys.js'

export const TRUST_OPTION = '--trust <file=roles>'
export const TRUST_DESCRIPTION = `public key, and what it may sign: ${ROLES.join(', ')} (default: all); repeat for each key`

/**
 * Reads keys as the option `--trust` gives them: `ops.pub`, or `ops.pub=config,command`.
 * @throws FirsteightError USAGE, FILE_UNREADABLE, KEY_INVALID
 */
export async function readTrusted(values: readonly string[]): Promise<TrustedKey[]> {
  const keys: TrustedKey[] = []
  for (const value of values) {
    const at = value.lastIndexOf('=')
    const path = at < 0 ? value : value.slice(0, at)
    const roles = at < 0 ? ROLES : value.slice(at + 1).split(',')
    const unknown = roles.find((role) => !ROLES.includes(role as RoleName))
    if (unknown !== undefined) {
      throw new FirsteightError('USAGE', `--trust ${value}: no role is named ${JSON.stringify(unknown)}`, {
        hint: `Roles are ${ROLES.join(', ')}, separated by commas.`,
      })
    }
    const name = basename(path).replace(/\.pub(\.pem)?$/, '')
    keys.push({ key: await readVerifyingKey(path), name, roles: roles as RoleName[] })
  }
  return keys
}

/** For options that may be given several times. */
export function collect(value: string, values: string[] = []): string[] {
  return [...values, value]
}
