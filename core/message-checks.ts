import { FirsteightError } from './errors.js'
import { isPrintable } from './text.js'

/**
 * Checks of single fields in decoded messages. Each throws FirsteightError MESSAGE_INVALID,
 * naming the field by its path in the .proto files, such as `anomaly.flow.client_port`.
 */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export function invalidField(field: string, expected: string, found: string): FirsteightError {
  return new FirsteightError('MESSAGE_INVALID', `${field}: expected ${expected}, found ${found}`, {
    hint: 'The sender is not a firsteight agent of this schema version, or the message was damaged.',
    details: { field },
  })
}

export function checkPresent<T>(field: string, value: T | null | undefined): asserts value is T {
  if (value == null) throw invalidField(field, 'a value', 'none')
}

/** An integer in [minimum, maximum]; 64-bit values beyond 2^53 - 1 are refused because they would be rounded. */
export function checkInteger(
  field: string,
  value: number,
  maximum: number = Number.MAX_SAFE_INTEGER,
  minimum = 0,
): void {
  if (!Number.isSafeInteger(value) || value < minimum || value > maximum) {
    throw invalidField(field, `an integer from ${minimum} to ${maximum}`, String(value))
  }
}

export function checkNumber(field: string, value: number, maximum: number = Number.MAX_VALUE): void {
  if (!(value >= 0 && value <= maximum)) {
    throw invalidField(field, `a number from 0 to ${maximum}`, String(value))
  }
}

export function checkBytes(field: string, value: Uint8Array, lengths: { minimum?: number; maximum: number }) {
  const minimum = lengths.minimum ?? 0
  if (value.length < minimum || value.length > lengths.maximum) {
    const expected =
      minimum === lengths.maximum ? `${minimum} bytes` : `${minimum} to ${lengths.maximum} bytes`
    throw invalidField(field, expected, `${value.length}`)
  }
}

/** Text without control characters, at most `maximum` UTF-16 units. */
export function checkText(field: string, value: string, maximum: number): void {
  if (value.length > maximum) throw invalidField(field, `at most ${maximum} characters`, `${value.length}`)
  if (!isPrintable(value)) throw invalidField(field, 'text without control characters', 'one')
}

export function checkUuid(field: string, value: string): void {
  if (!UUID.test(value)) throw invalidField(field, 'a UUID in lower case', `${value.length} other characters`)
}

/** A known number of a protobuf enum; 0 means unspecified and is refused. */
export function checkEnum(field: string, value: number, known: object): void {
  if (value === 0 || !Object.values(known).includes(value)) {
    throw invalidField(field, 'a known enum value', String(value))
  }
}

export function checkCount(field: string, values: readonly unknown[], maximum: number): void {
  if (values.length > maximum) throw invalidField(field, `at most ${maximum} entries`, String(values.length))
}
