import { sign } from 'node:crypto'
import { firsteight } from '../../generated/messages.js'
import { type ErrorCode, FirsteightError, messageOf } from '../errors.js'
import { MAXIMUM_MESSAGE_BYTES } from '../messages.js'
import protobuf from '../protobuf.js'
import { KEY_ID_BYTES, type SigningKey } from './keys.js'
import { PAYLOAD_TYPES, type PayloadType } from './payload-types.js'
import { type Target, targetProblem } from './target.js'

const { v1 } = firsteight

/** An envelope may be at most this long, bytes: it is one MQTT message. */
export const ENVELOPE_LIMIT = MAXIMUM_MESSAGE_BYTES
const SCHEMA_VERSION = 1
const SIGNATURE_BYTES = 64
/** Stands before the statement in what is signed, so that no other use of the key can yield a valid signature. */
const DOMAIN = Buffer.from('firsteight.v1.Statement\0')

/** What is signed. proto/envelope.proto says more of each field. */
export interface Statement {
  readonly payloadType: PayloadType
  readonly payload: Uint8Array
  readonly target: Target
  /** From 1 to 2^53 - 1. */
  readonly revision: number
  /** Both in microseconds since 1970. */
  readonly notBefore: number
  readonly expiresAt: number
}

/** An envelope taken apart; nothing of it has been verified. */
export interface OpenEnvelope {
  /** The encoded statement: what the signature is over. */
  readonly statement: Uint8Array
  /** Hex. */
  readonly keyId: string
  readonly signature: Uint8Array
}

/**
 * @returns the bytes of an envelope: publish or store them as they are
 * @throws FirsteightError ENVELOPE_MALFORMED, ENVELOPE_TOO_LARGE when no receiver would accept it
 */
export function signStatement(statement: Statement, key: SigningKey): Uint8Array {
  const bytes = v1.Statement.encode({
    schemaVersion: SCHEMA_VERSION,
    payloadType: statement.payloadType,
    payload: statement.payload,
    target: statement.target,
    revision: statement.revision,
    notBeforeMicroseconds: statement.notBefore,
    expiresAtMicroseconds: statement.expiresAt,
  }).finish()
  decodeStatement(bytes)
  const envelope = v1.Envelope.encode({
    statement: bytes,
    keyId: Buffer.from(key.id, 'hex'),
    signature: sign(null, signedBytes(bytes), key.privateKey),
  }).finish()
  checkLength(envelope)
  return envelope
}

/**
 * @param bytes as received: hostile
 * @throws FirsteightError ENVELOPE_TOO_LARGE, ENVELOPE_MALFORMED, SIGNATURE_MISSING
 */
export function openEnvelope(bytes: Uint8Array): OpenEnvelope {
  checkLength(bytes)
  const { statement, keyId, signature } = decode(v1.Envelope, bytes, 'envelope')
  if (statement.length === 0) throw malformed('statement', 'is missing')
  if (signature.length === 0) {
    throw refused('SIGNATURE_MISSING', 'the envelope carries no signature', 'Sign it with an enrolled key.')
  }
  if (signature.length !== SIGNATURE_BYTES)
    throw malformed('signature', `has ${signature.length} bytes, not 64`)
  if (keyId.length !== KEY_ID_BYTES) throw malformed('key_id', `has ${keyId.length} bytes, not 32`)
  return { statement, keyId: Buffer.from(keyId).toString('hex'), signature }
}

/** What the signature of a statement is over. */
export function signedBytes(statement: Uint8Array): Uint8Array {
  return Buffer.concat([DOMAIN, statement])
}

/**
 * @param bytes of a statement whose signature holds, or that somebody only wants to look at
 * @throws FirsteightError ENVELOPE_MALFORMED, ENVELOPE_TYPE
 */
export function decodeStatement(bytes: Uint8Array): Statement {
  const decoded = decode(v1.Statement, bytes, 'statement')
  if (decoded.schemaVersion !== SCHEMA_VERSION) {
    throw malformed('schema_version', `is ${decoded.schemaVersion}, not ${SCHEMA_VERSION}`)
  }
  const { payloadType } = decoded
  if (!isPayloadType(payloadType)) {
    const shown = JSON.stringify(payloadType.slice(0, 64))
    throw refused('ENVELOPE_TYPE', `payload type ${shown} is unknown here`, 'Update firsteight.', {
      payloadType: shown,
    })
  }
  const target = { site: decoded.target?.site ?? '', node: decoded.target?.node ?? '' }
  const problem = decoded.target == null ? 'is missing' : targetProblem(target)
  if (problem !== undefined) throw malformed('target', problem)
  const { revision, notBeforeMicroseconds: notBefore, expiresAtMicroseconds: expiresAt } = decoded
  for (const [name, value] of Object.entries({ revision, notBefore, expiresAt })) {
    if (!Number.isSafeInteger(value) || value < 1) throw malformed(name, 'is no integer from 1 to 2^53 - 1')
  }
  if (expiresAt <= notBefore)
    throw malformed('expires_at_microseconds', 'is not after not_before_microseconds')
  return { payloadType, payload: decoded.payload, target, revision, notBefore, expiresAt }
}

/** An error that says why a signed message was not accepted. */
export function refused(
  code: ErrorCode,
  problem: string,
  hint: string,
  details: Record<string, unknown> = {},
): FirsteightError {
  return new FirsteightError(code, problem, { hint, details })
}

/** The refusal of bytes that are not what they should be. */
export function malformed(field: string, problem: string, cause?: unknown): FirsteightError {
  return new FirsteightError('ENVELOPE_MALFORMED', `signed message: ${field} ${problem}`, {
    hint: 'It was cut short or changed on the way, or its sender is not firsteight.',
    details: { field },
    cause,
  })
}

/** @throws FirsteightError ENVELOPE_MALFORMED naming `field`; the fields' values are for the caller to check */
export function decode<M>(type: { decode(reader: protobuf.Reader): M }, bytes: Uint8Array, field: string): M {
  const reader = protobuf.Reader.create(bytes)
  try {
    return type.decode(reader)
  } catch (error) {
    throw malformed(field, `is no protobuf at byte ${reader.pos}: ${messageOf(error)}`, error)
  }
}

function isPayloadType(name: string): name is PayloadType {
  return Object.hasOwn(PAYLOAD_TYPES, name)
}

function checkLength(bytes: Uint8Array): void {
  if (bytes.length <= ENVELOPE_LIMIT) return
  throw refused(
    'ENVELOPE_TOO_LARGE',
    `the envelope has ${bytes.length} bytes; ${ENVELOPE_LIMIT} are allowed`,
    'Send less in one message.',
  )
}
