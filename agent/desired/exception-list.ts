import { type AlertException, prefixMask } from '../../core/exceptions.js'
import type { StreamRecord } from '../../core/stream-record.js'

/** An exception in force, and what it let pass since it came. */
export interface CountedException {
  readonly exception: AlertException
  /** Who wanted it, such as `all`. */
  readonly origin: string
  readonly streams: number
  /** Capture time of the last one, microseconds since 1970; 0: none yet. */
  readonly lastSeen: number
}

interface Entry {
  readonly exception: AlertException
  readonly origin: string
  streams: number
  lastSeen: number
}

/**
 * The exceptions in force, asked for every anomalous stream before anything else. Each ends by itself at its expiry,
 * by the machine's clock. Of several that fit, the first one counts.
 */
export class ExceptionList {
  readonly #now: () => number
  #entries: Entry[] = []

  /** @param now microseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now
  }

  /** One that was there before, word for word, goes on counting. */
  replace(wanted: readonly { exception: AlertException; origin: string }[]): void {
    const before = new Map(this.#entries.map((entry) => [identityOf(entry), entry]))
    this.#entries = wanted.map((each) => before.get(identityOf(each)) ?? { ...each, streams: 0, lastSeen: 0 })
  }

  /** Whether the stream is not to be told of; counts it where it is not. */
  allows(record: StreamRecord): boolean {
    if (this.#entries.length === 0) return false
    const now = this.#now()
    const entry = this.#entries.find(
      ({ exception }) => now < exception.expiresAt && covers(exception, record),
    )
    if (entry === undefined) return false
    entry.streams++
    entry.lastSeen = Math.max(entry.lastSeen, record.timeMicroseconds)
    return true
  }

  /** Those that have not ended, at most as many as there were given. */
  inForce(): CountedException[] {
    const now = this.#now()
    return this.#entries.filter(({ exception }) => now < exception.expiresAt).map((entry) => ({ ...entry }))
  }
}

function identityOf({ exception, origin }: { exception: AlertException; origin: string }): string {
  return JSON.stringify([origin, exception])
}

function covers({ peer, pattern, port }: AlertException, record: StreamRecord): boolean {
  if (port !== undefined && port !== record.serverPort) return false
  if (pattern && !matches(pattern.value, pattern.mask, record.firstEight)) return false
  return (
    !peer ||
    isWithin(peer.address, peer.prefixLength, record.clientAddress) ||
    isWithin(peer.address, peer.prefixLength, record.serverAddress)
  )
}

function matches(value: Uint8Array, mask: Uint8Array, firstEight: Uint8Array): boolean {
  return firstEight.length === 8 && mask.every((bits, at) => (firstEight[at]! & bits) === value[at])
}

function isWithin(network: Uint8Array, prefixLength: number, address: Uint8Array): boolean {
  if (address.length !== network.length) return false
  for (let at = 0; at * 8 < prefixLength; at++) {
    if ((address[at]! & prefixMask(prefixLength, at)) !== network[at]) return false
  }
  return true
}
