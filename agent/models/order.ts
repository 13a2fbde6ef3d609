import { decodeManifest, type ModelManifest } from '../../core/model-manifest.js'
import type { Statement } from '../../core/signature/envelope.js'
import { verifyingKeyFrom } from '../../core/signature/keys.js'
import { type TrustedKeys, trustedKeys } from '../../core/signature/trusted-keys.js'
import { type Verified, verifyEnvelope } from '../../core/signature/verify.js'
import type { NodeName } from '../../core/topics.js'
import type { AcceptedOrder, Level, Signer } from './state.js'

const PAYLOAD_TYPE = 'firsteight.v1.ModelManifest'

/** A signed manifest, verified and read. */
export interface Order {
  readonly accepted: AcceptedOrder
  readonly statement: Statement
  readonly manifest: ModelManifest
}

/**
 * @param envelope as received: hostile
 * @throws FirsteightError as `verifyEnvelope` and `decodeManifest` do
 */
export function readOrder(
  envelope: Uint8Array,
  expected: { keys: TrustedKeys; receiver: NodeName; now: number; lowestRevision: (level: Level) => number },
): Order {
  const { keys, receiver, now } = expected
  const verified = verifyEnvelope(envelope, {
    keys,
    payloadType: PAYLOAD_TYPE,
    receiver,
    now,
    lowestRevision: (target) => expected.lowestRevision(levelOf(target)),
  })
  return orderOf(envelope, verified, signerOf(verified, keys))
}

/**
 * Reads an order again that was accepted before: with the key of that time, because it was trusted then, whatever
 * keys are trusted now.
 * @throws FirsteightError, Error when its bytes have changed since
 */
export function readAccepted({ envelope, signer }: AcceptedOrder, receiver: NodeName): Order {
  const key = verifyingKeyFrom(Buffer.from(signer.publicKey, 'base64'))
  const keys = trustedKeys(0, [{ key, name: signer.name, roles: ['keys', 'model'] }])
  const bytes = Buffer.from(envelope, 'base64')
  const verified = verifyEnvelope(bytes, {
    keys,
    payloadType: PAYLOAD_TYPE,
    receiver,
    now: Number.MAX_SAFE_INTEGER,
    evenExpired: true,
  })
  return orderOf(bytes, verified, signer)
}

/** Which of an agent's three targets this is. */
export function levelOf({ site, node }: { site: string; node: string }): Level {
  if (site === '') return 'all'
  return node === '' ? 'site' : 'node'
}

function orderOf(envelope: Uint8Array, { statement }: Verified, signer: Signer): Order {
  const accepted = { envelope: Buffer.from(envelope).toString('base64'), signer }
  return { accepted, statement, manifest: decodeManifest(statement.payload) }
}

function signerOf({ keyId, keyName }: Verified, keys: TrustedKeys): Signer {
  const publicKey = Buffer.from(keys.byId.get(keyId)!.key.bytes).toString('base64')
  return { keyId, name: keyName, publicKey }
}
