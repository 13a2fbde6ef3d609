import type { firsteight } from '../generated/messages.js'
import { formatAddress, parseAddress } from './addresses.js'
import { FirsteightError } from './errors.js'
import { isPrintable } from './text.js'

/**
 * Exceptions: anomalous streams that are counted, but told to nobody (proto/config.proto, Exception). Each names an
 * owner, a reason and its end, and at least one criterion; all criteria must hold.
 */

/** Most exceptions that one level of the fleet may have. */
export const MAXIMUM_EXCEPTIONS = 64
const MAXIMUM_DAYS = 366
const DAY_MICROSECONDS = 86_400_000_000
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** A network is a peer, not the world, from so many bits on. */
const NARROW_PREFIX = { 4: 24, 16: 64 }
/** A pattern tells something apart from so many bits on. */
const NARROW_MASK_BITS = 16

export interface Peer {
  /** 4 bytes (IPv4) or 16 (IPv6), network byte order; bits beyond the prefix are 0. */
  readonly address: Uint8Array
  readonly prefixLength: number
}

export interface Pattern {
  /** Eight bytes each; `value` is 0 where `mask` is 0. */
  readonly value: Uint8Array
  readonly mask: Uint8Array
}

export interface AlertException {
  readonly id: string
  readonly owner: string
  readonly reason: string
  /** Microseconds since 1970. */
  readonly expiresAt: number
  /** Client or server. */
  readonly peer?: Peer
  readonly pattern?: Pattern
  /** Server port. */
  readonly port?: number
}

/** Something wrong with one field of a message. */
export interface FieldProblem {
  readonly path: string
  readonly expected: string
  readonly found: string
}

/** As decoded, which says nothing yet about its fields. */
export function exceptionFrom(message: firsteight.v1.Exception.$Properties): AlertException {
  const { id, owner, reason, expiresAtMicroseconds, peer, pattern, port } = message
  return {
    id: id ?? '',
    owner: owner ?? '',
    reason: reason ?? '',
    expiresAt: expiresAtMicroseconds ?? 0,
    ...(peer && { peer: { address: bytesOf(peer.address), prefixLength: peer.prefixLength ?? 0 } }),
    ...(pattern && { pattern: { value: bytesOf(pattern.value), mask: bytesOf(pattern.mask) } }),
    ...(port ? { port } : {}),
  }
}

export function exceptionMessage(exception: AlertException): firsteight.v1.Exception.$Properties {
  const { expiresAt, ...same } = exception
  return { ...same, expiresAtMicroseconds: expiresAt }
}

/**
 * Everything that is wrong with a level's exceptions.
 * @param from when they begin, microseconds since 1970: they may last for so long from then
 */
export function exceptionProblems(exceptions: readonly AlertException[], from: number): FieldProblem[] {
  const problems: FieldProblem[] = []
  if (exceptions.length > MAXIMUM_EXCEPTIONS) {
    const found = String(exceptions.length)
    problems.push({ path: 'exceptions', expected: `at most ${MAXIMUM_EXCEPTIONS}`, found })
  }
  const ids = new Set<string>()
  for (const [index, exception] of exceptions.slice(0, MAXIMUM_EXCEPTIONS).entries()) {
    const faults = faultsOf(exception, from)
    if (ids.has(exception.id)) faults.push(['id', 'each id once', 'it twice'])
    ids.add(exception.id)
    for (const [field, expected, found] of faults) {
      const path = field === '' ? `exceptions[${index}]` : `exceptions[${index}].${field}`
      problems.push({ path, expected, found })
    }
  }
  return problems
}

type Fault = [field: string, expected: string, found: string]

function faultsOf(exception: AlertException, from: number): Fault[] {
  const { id, owner, reason, expiresAt, peer, pattern, port } = exception
  const faults: Fault[] = []
  const check = (holds: boolean, ...fault: Fault) => void (holds || faults.push(fault))
  check(
    ID.test(id),
    'id',
    '1 to 64 letters, digits, dots, underscores or hyphens, a letter or digit first',
    'other text',
  )
  check(isLine(owner, 64), 'owner', '1 to 64 printable characters', `${owner.length} characters`)
  check(isLine(reason, 256), 'reason', '1 to 256 printable characters', `${reason.length} characters`)
  check(
    Number.isSafeInteger(expiresAt) && expiresAt > 0 && expiresAt <= from + MAXIMUM_DAYS * DAY_MICROSECONDS,
    'expires_at_microseconds',
    `an end within ${MAXIMUM_DAYS} days`,
    String(expiresAt),
  )
  check(
    peer !== undefined || pattern !== undefined || port !== undefined,
    '',
    'a peer, a pattern or a port',
    'none, which would let everything pass',
  )
  if (peer) check(isPeer(peer), 'peer', 'an address, or a network whose further bits are 0', 'something else')
  if (pattern) {
    check(
      isPattern(pattern),
      'pattern',
      'eight bytes and a mask of eight, not all 0, that holds all their bits',
      'something else',
    )
  }
  if (port !== undefined) check(port <= 65_535, 'port', 'a port from 1 to 65535', String(port))
  return faults
}

/**
 * Whether it names somebody, or something, rather than most of the traffic. One that does not lets its whole port
 * pass, or every port where it names none.
 */
export function isNarrow({ peer, pattern }: AlertException): boolean {
  if (peer && peer.prefixLength >= NARROW_PREFIX[peer.address.length === 4 ? 4 : 16]) return true
  return pattern !== undefined && bitsOf(pattern.mask) >= NARROW_MASK_BITS
}

/** `192.0.2.7`, `10.1.0.0/16` or `2001:db8::/64`. */
export function formatPeer({ address, prefixLength }: Peer): string {
  const text = formatAddress(address)
  return prefixLength === address.length * 8 ? text : `${text}/${prefixLength}`
}

/**
 * Reads what `formatPeer` writes.
 * @throws FirsteightError USAGE
 */
export function parsePeer(text: string): Peer {
  const [name = '', length, ...rest] = text.split('/')
  const address = parseAddress(name)
  if (address !== undefined && rest.length === 0 && /^\d{1,3}$/.test(length ?? '0')) {
    const peer = { address, prefixLength: Number(length ?? address.length * 8) }
    if (isPeer(peer)) return peer
  }
  throw new FirsteightError('USAGE', `peer ${JSON.stringify(text)}: no address, and no network`, {
    hint: 'Give an address such as 192.0.2.7, or a network such as 10.1.2.0/24, whose further bits are 0.',
  })
}

/** Hex of the eight bytes, and of the mask where it is not all ones: `0000010000010000/0000ffffffffffff`. */
export function formatPattern({ value, mask }: Pattern): string {
  const text = Buffer.from(value).toString('hex')
  return mask.every((byte) => byte === 0xff) ? text : `${text}/${Buffer.from(mask).toString('hex')}`
}

/**
 * Reads what `formatPattern` writes; bits of the value that the mask hides are dropped.
 * @throws FirsteightError USAGE
 */
export function parsePattern(text: string): Pattern {
  const [first = '', second = 'f'.repeat(16), ...rest] = text.split('/')
  const isHex = (part: string) => /^[0-9a-f]{16}$/i.test(part)
  if (!isHex(first) || !isHex(second) || rest.length > 0 || /^0+$/.test(second)) {
    throw new FirsteightError('USAGE', `pattern ${JSON.stringify(text)}: not eight bytes in hex`, {
      hint: 'Give the first eight bytes as in the alert, and a mask: 0000010000010000/0000ffffffffffff.',
    })
  }
  const mask = Uint8Array.from(Buffer.from(second, 'hex'))
  return { value: Uint8Array.from(Buffer.from(first, 'hex'), (byte, at) => byte & mask[at]!), mask }
}

/** Its criteria, for people. */
export function formatCriteria({ peer, pattern, port }: AlertException): string {
  return [
    ...(peer ? [`peer ${formatPeer(peer)}`] : []),
    ...(pattern ? [`pattern ${formatPattern(pattern)}`] : []),
    ...(port === undefined ? [] : [`port ${port}`]),
  ].join(', ')
}

function isLine(text: string, longest: number): boolean {
  return text !== '' && text.length <= longest && isPrintable(text)
}

function isPeer({ address, prefixLength }: Peer): boolean {
  const bits = address.length * 8
  if ((bits !== 32 && bits !== 128) || prefixLength > bits) return false
  return address.every((byte, at) => (byte & ~prefixMask(prefixLength, at)) === 0)
}

/** Of a prefix, the bits in the byte at this place. */
export function prefixMask(prefixLength: number, at: number): number {
  const bits = Math.min(8, Math.max(0, prefixLength - 8 * at))
  return (0xff << (8 - bits)) & 0xff
}

function isPattern({ value, mask }: Pattern): boolean {
  if (value.length !== 8 || mask.length !== 8 || bitsOf(mask) === 0) return false
  return value.every((byte, at) => (byte & ~mask[at]!) === 0)
}

function bitsOf(mask: Uint8Array): number {
  let bits = 0
  for (const byte of mask) for (let rest = byte; rest > 0; rest >>= 1) bits += rest & 1
  return bits
}

function bytesOf(bytes: Uint8Array | null | undefined): Uint8Array {
  return bytes ?? new Uint8Array(0)
}
