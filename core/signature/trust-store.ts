import { firsteight } from '../../generated/messages.js'
import type { NodeName } from '../topics.js'
import { type WriteStep, writeFileWhole } from '../write-file.js'
import { decode, decodeStatement, malformed, openEnvelope } from './envelope.js'
import { decodeTrustedKeys, formatTrustFile, readTrustFile, type TrustedKeys } from './trusted-keys.js'
import { verifyEnvelope } from './verify.js'

const { KeyChain } = firsteight.v1

/** Longest chain of changes; at one a month, five years. */
export const MAXIMUM_CHAIN = 64

export interface TrustStoreDependencies {
  /** File of trusted keys in the agent's state folder. */
  path: string
  receiver: NodeName
  /** Hears of each step of a write; for tests that end the process there. */
  step?: WriteStep
}

/** The trusted keys of one agent: read at the start, replaced by signed changes of keys. */
export class TrustStore {
  readonly #dependencies: TrustStoreDependencies
  #keys: TrustedKeys

  /** @throws FirsteightError FILE_UNREADABLE, TRUST_INVALID */
  static async open(dependencies: TrustStoreDependencies): Promise<TrustStore> {
    return new TrustStore(dependencies, await readTrustFile(dependencies.path))
  }

  private constructor(dependencies: TrustStoreDependencies, keys: TrustedKeys) {
    this.#dependencies = dependencies
    this.#keys = keys
  }

  get keys(): TrustedKeys {
    return this.#keys
  }

  /**
   * Follows a chain of changes from the present keys to its end; what is already known of it is passed over.
   * Keys change all the way or not at all, on disk first.
   * @param chain an encoded KeyChain: hostile
   * @returns whether the keys changed
   * @throws FirsteightError as `verifyEnvelope` and `decodeTrustedKeys` do; FILE_UNWRITABLE
   */
  async follow(chain: Uint8Array, now: number): Promise<boolean> {
    const keys = followChain(chain, this.#keys, this.#dependencies.receiver, now)
    if (keys === this.#keys) return false
    const { path, step } = this.#dependencies
    await writeFileWhole(path, formatTrustFile(keys), { mode: 0o600, ...(step && { step }) })
    this.#keys = keys
    return true
  }
}

/**
 * The keys at the end of a chain. Each change must be signed by a key, with the role for it, of those before it.
 * Only the last one must not have expired: the others are links on the way.
 * @returns `keys` itself when the chain brings nothing new
 */
export function followChain(
  chain: Uint8Array,
  keys: TrustedKeys,
  receiver: NodeName,
  now: number,
): TrustedKeys {
  const envelopes = decodeChain(chain)
  let current = keys
  let last = 0
  for (const [index, envelope] of envelopes.entries()) {
    const { revision } = decodeStatement(openEnvelope(envelope).statement)
    if (revision <= last) throw malformed(`envelopes[${index}]`, 'is not newer than the one before it')
    last = revision
    if (revision <= current.revision) continue
    const { statement } = verifyEnvelope(envelope, {
      keys: current,
      payloadType: 'firsteight.v1.TrustedKeys',
      receiver,
      now,
      evenExpired: index < envelopes.length - 1,
    })
    current = decodeTrustedKeys(statement.payload, revision)
  }
  return current
}

/** @throws FirsteightError ENVELOPE_MALFORMED */
export function decodeChain(bytes: Uint8Array): Uint8Array[] {
  const { envelopes } = decode(KeyChain, bytes, 'key_chain')
  if (envelopes.length === 0 || envelopes.length > MAXIMUM_CHAIN) {
    throw malformed('envelopes', `are ${envelopes.length}; expected 1 to ${MAXIMUM_CHAIN}`)
  }
  return envelopes
}

export function encodeChain(envelopes: readonly Uint8Array[]): Uint8Array {
  return KeyChain.encode({ envelopes: [...envelopes] }).finish()
}
