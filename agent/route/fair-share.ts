import type { StreamRecord } from '../../core/stream-record.js'

/**
 * Who shares the cap, and how much one of them may take: so many times what is then left over. A host that floods
 * stops at half of the cap, a second one at half of the rest, and so on; a network of clients, whose addresses one
 * host may borrow, or all that goes to one server, stops at three quarters.
 * (Dynamic thresholds: Choudhury and Hahne, IEEE/ACM Transactions on Networking 6(2), 1998.)
 */
const GROUPS: readonly { keyOf: (record: StreamRecord) => string; times: number }[] = [
  { keyOf: ({ clientAddress }) => `host ${text(clientAddress, clientAddress.length)}`, times: 1 },
  { keyOf: networkOf, times: 3 },
  { keyOf: ({ serverAddress }) => `server ${text(serverAddress, serverAddress.length)}`, times: 3 },
]

/**
 * Streams to one server from networks that are not known yet: all that a flood with made-up sources consists of, and
 * of other traffic only the beginning. Half of the cap.
 */
const NEWCOMERS = {
  keyOf: ({ serverAddress }: StreamRecord) => `newcomers ${text(serverAddress, serverAddress.length)}`,
  times: 1,
}
/** So many alerts make a network known. With one, a flood would soon hit on networks that it had made known. */
const KNOWN_FROM = 2
const WITH_NEWCOMERS = [...GROUPS, NEWCOMERS]

/** Keeps room below a cap for others. Bounded by the cap: only what was taken is remembered. */
export class FairShare {
  readonly #taken = new Map<string, number>()

  /** Whether one more may be taken for this stream, when so many are left. */
  allows(record: StreamRecord, left: number): boolean {
    return this.#groupsOf(record).every(
      ({ keyOf, times }) => (this.#taken.get(keyOf(record)) ?? 0) < times * left,
    )
  }

  take(record: StreamRecord): void {
    for (const { keyOf } of this.#groupsOf(record)) {
      const key = keyOf(record)
      this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1)
    }
  }

  clear(): void {
    this.#taken.clear()
  }

  #groupsOf(record: StreamRecord): typeof GROUPS {
    return (this.#taken.get(networkOf(record)) ?? 0) < KNOWN_FROM ? WITH_NEWCOMERS : GROUPS
  }
}

function networkOf({ clientAddress }: StreamRecord): string {
  return `network ${text(clientAddress, networkBytes(clientAddress))}`
}

/** IPv4 /24, IPv6 /64. */
function networkBytes(address: Uint8Array): number {
  return address.length === 4 ? 3 : 8
}

const keyBytes = Buffer.alloc(16)

/** A character a byte: made for every alert of a flood, so cheap. */
function text(bytes: Uint8Array, length: number): string {
  keyBytes.set(bytes)
  return keyBytes.toString('latin1', 0, length)
}
