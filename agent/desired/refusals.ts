import { FirsteightError, messageOf } from '../../core/errors.js'
import type { FieldProblem } from '../../core/exceptions.js'
import { decodeStatement, openEnvelope } from '../../core/signature/envelope.js'
import type { Target } from '../../core/signature/target.js'
import { digestOf } from './accept.js'

/** Why a message was not accepted. */
export interface Refusal {
  readonly target: Target
  readonly error: FirsteightError
  readonly problems: readonly FieldProblem[]
  /** Of what came; 0 where it cannot be read. */
  readonly revision: number
  readonly digest: Uint8Array
  /** Microseconds since 1970. */
  readonly refusedAt: number
  /** Kept where trying again may help. */
  readonly envelope: Uint8Array | undefined
}

/** Refusals that time, other keys or a mended disk may undo. */
const PASSING = new Set([
  'ENVELOPE_NOT_YET_VALID',
  'ENVELOPE_EXPIRED',
  'SIGNATURE_UNKNOWN_KEY',
  'SIGNATURE_KEY_ROLE',
  'FILE_UNWRITABLE',
])

/** @param target of the topic that it came on, or of the file it lay in */
export function refusalOf(thrown: unknown, envelope: Uint8Array, target: Target, now: number): Refusal {
  const error =
    thrown instanceof FirsteightError
      ? thrown
      : new FirsteightError('INTERNAL', messageOf(thrown), { cause: thrown })
  return {
    target,
    error,
    problems: (error.details.problems as FieldProblem[] | undefined) ?? [],
    revision: claimedRevision(envelope),
    digest: digestOf(envelope),
    refusedAt: now,
    envelope: PASSING.has(error.code) ? envelope : undefined,
  }
}

/** What it says of itself, verified or not: for people who look for their message. */
function claimedRevision(envelope: Uint8Array): number {
  try {
    return decodeStatement(openEnvelope(envelope).statement).revision
  } catch {
    return 0
  }
}
