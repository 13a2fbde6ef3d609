import { createPrivateKey } from 'node:crypto'
import { type Statement, signStatement } from '../../core/signature/envelope.js'
import { generateKeyPair, type SigningKey, verifyingKeyFrom } from '../../core/signature/keys.js'
import { ROLES, type RoleName } from '../../core/signature/payload-types.js'
import { EVERY_NODE } from '../../core/signature/target.js'
import {
  encodeTrustedKeys,
  type TrustedKey,
  type TrustedKeys,
  trustedKeys,
} from '../../core/signature/trusted-keys.js'

/** A key pair made now, as signer and as agents trust it. */
export interface TestKey {
  signing: SigningKey
  trusted: TrustedKey
}

export function testKey(name: string, roles: readonly RoleName[] = ROLES): TestKey {
  const { id, privatePem, publicPem } = generateKeyPair()
  const bytes = Buffer.from(publicPem.replace(/-----[^-]+-----|\n/g, ''), 'base64')
  const signing = { id, privateKey: createPrivateKey(privatePem) }
  return { signing, trusted: { key: verifyingKeyFrom(bytes), name, roles } }
}

export function trusting(...keys: Pick<TestKey, 'trusted'>[]): TrustedKeys {
  return trustedKeys(
    0,
    keys.map(({ trusted }) => trusted),
  )
}

/** Half of the validity of test statements, on both sides of NOW; microseconds. */
export const NOW = 1_790_000_000_000_000
const HOUR = 3_600_000_000

export function testStatement(change: Partial<Statement> = {}): Statement {
  return {
    payloadType: 'firsteight.v1.DesiredConfig',
    payload: Buffer.from('payload'),
    target: EVERY_NODE,
    revision: 7,
    notBefore: NOW - HOUR,
    expiresAt: NOW + HOUR,
    ...change,
  }
}

/** A change of keys to these, signed by `signer`. */
export function signedKeys(
  signer: TestKey,
  revision: number,
  keys: TestKey[],
  change: Partial<Statement> = {},
): Uint8Array {
  const payload = encodeTrustedKeys(trusting(...keys))
  return signStatement(
    testStatement({ payloadType: 'firsteight.v1.TrustedKeys', payload, revision, ...change }),
    signer.signing,
  )
}
