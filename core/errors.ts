/**
 * Every error a user can meet: a stable code, the exit code that the command line ends with, and what it means.
 * Messages name the file, field or offset and what was expected; hints say what to do.
 */

/** Exit codes of the command line, documented in docs/errors.md. */
export const EXIT = {
  OK: 0,
  INTERNAL: 1,
  USAGE: 2,
  CONFIG: 3,
  INPUT: 4,
  MODEL: 5,
  CAPTURE: 6,
  BROKER: 7,
  CHECK_FAILED: 8,
  TRUST: 9,
} as const

/** Error codes and the exit code each leads to. */
export const ERROR_CODES = {
  INTERNAL: EXIT.INTERNAL,
  USAGE: EXIT.USAGE,
  CONFIG_UNREADABLE: EXIT.CONFIG,
  CONFIG_INVALID: EXIT.CONFIG,
  CONFIG_DISABLES_DETECTION: EXIT.CONFIG,
  FILE_UNREADABLE: EXIT.INPUT,
  FILE_UNWRITABLE: EXIT.INPUT,
  CAPTURE_FILE_FORMAT: EXIT.INPUT,
  CAPTURE_FILE_TRUNCATED: EXIT.INPUT,
  CAPTURE_FILE_CORRUPT: EXIT.INPUT,
  CENSUS_INVALID: EXIT.INPUT,
  TRAINING_DATA: EXIT.INPUT,
  EVALUATION_INVALID: EXIT.INPUT,
  MODEL_MISSING: EXIT.MODEL,
  MODEL_CORRUPT: EXIT.MODEL,
  MODEL_UNSUPPORTED: EXIT.MODEL,
  MODEL_INVALID: EXIT.MODEL,
  MODEL_MISMATCH: EXIT.TRUST,
  MODEL_CHUNK_INVALID: EXIT.TRUST,
  MODEL_OLD_VERSION: EXIT.TRUST,
  MODEL_UNVERIFIED: EXIT.TRUST,
  MODEL_REFUSED_BEFORE: EXIT.CHECK_FAILED,
  MODEL_OUT_OF_BOUNDS: EXIT.CHECK_FAILED,
  ROLLOUT_TIMED_OUT: EXIT.CHECK_FAILED,
  ROLLOUT_STOPPED: EXIT.CHECK_FAILED,
  MODEL_NOT_REPRODUCED: EXIT.CHECK_FAILED,
  MODEL_WORSE: EXIT.CHECK_FAILED,
  ONNX_INVALID: EXIT.MODEL,
  KERNEL_MISSING: EXIT.INTERNAL,
  CAPTURE_NO_LIBPCAP: EXIT.CAPTURE,
  CAPTURE_NO_TCPDUMP: EXIT.CAPTURE,
  CAPTURE_NO_RIGHT: EXIT.CAPTURE,
  CAPTURE_NO_INTERFACE: EXIT.CAPTURE,
  CAPTURE_FILTER: EXIT.CAPTURE,
  CAPTURE_ENDED: EXIT.CAPTURE,
  BROKER_ADDRESS: EXIT.BROKER,
  BROKER_UNREACHABLE: EXIT.BROKER,
  BROKER_UNKNOWN_HOST: EXIT.BROKER,
  BROKER_REFUSED: EXIT.BROKER,
  BROKER_PROTOCOL: EXIT.BROKER,
  BROKER_TLS: EXIT.BROKER,
  METRICS_ADDRESS: EXIT.CONFIG,
  AGENT_UNKNOWN: EXIT.INPUT,
  MESSAGE_INVALID: EXIT.INPUT,
  TOPIC_INVALID: EXIT.CONFIG,
  KEY_INVALID: EXIT.TRUST,
  TRUST_INVALID: EXIT.TRUST,
  SIGNATURE_MISSING: EXIT.TRUST,
  SIGNATURE_UNKNOWN_KEY: EXIT.TRUST,
  SIGNATURE_KEY_ROLE: EXIT.TRUST,
  SIGNATURE_INVALID: EXIT.TRUST,
  ENVELOPE_TOO_LARGE: EXIT.TRUST,
  ENVELOPE_MALFORMED: EXIT.TRUST,
  ENVELOPE_TYPE: EXIT.TRUST,
  ENVELOPE_TARGET: EXIT.TRUST,
  ENVELOPE_OLD_REVISION: EXIT.TRUST,
  ENVELOPE_EXPIRED: EXIT.TRUST,
  ENVELOPE_NOT_YET_VALID: EXIT.TRUST,
  COMMAND_RETAINED: EXIT.TRUST,
  COMMAND_ID: EXIT.TRUST,
  COMMAND_FORGOTTEN: EXIT.TRUST,
  COMMAND_UNSUPPORTED: EXIT.CONFIG,
  COMMAND_BUSY: EXIT.CHECK_FAILED,
  COMMAND_INTERRUPTED: EXIT.CHECK_FAILED,
  COMMAND_FAILED: EXIT.CHECK_FAILED,
  COMMAND_NO_ANSWER: EXIT.BROKER,
  EVIDENCE_OFF: EXIT.CONFIG,
  EVIDENCE_UNKNOWN: EXIT.INPUT,
  EVIDENCE_INTERRUPTED: EXIT.BROKER,
  EVIDENCE_MISMATCH: EXIT.CHECK_FAILED,
  FLEET_REFUSED: EXIT.CHECK_FAILED,
  FLEET_UNANSWERED: EXIT.CHECK_FAILED,
  LAB_PROGRAM_MISSING: EXIT.INPUT,
  LAB_NO_RIGHT: EXIT.CAPTURE,
  LAB_PROGRAM_FAILED: EXIT.INPUT,
  DOCTOR_FOUND: EXIT.CHECK_FAILED,
} as const satisfies Record<string, number>

export type ErrorCode = keyof typeof ERROR_CODES

/** An error meant for a person: stable code, message, and what to do about it. */
export class FirsteightError extends Error {
  readonly code: ErrorCode
  /** What to do about it; one sentence, or empty. */
  readonly hint: string
  /** Machine-readable particulars, such as `{ file, offset }`. */
  readonly details: Record<string, unknown>

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'FirsteightError'
    this.code = code
    this.hint = options.hint ?? ''
    this.details = options.details ?? {}
  }

  /** The exit code that the command line ends with when this error reaches it. */
  get exitCode(): number {
    return ERROR_CODES[this.code]
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The system error code (such as ENOENT) of anything thrown, if it has one. */
export function systemCodeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}
