import { REASON_COUNT } from './errors'
import { COUNTERS } from './memory'

/**
 * Everything the kernel counts, u64 each, at COUNTERS + 8 * number. They add up:
 *
 *   PACKETS       = sum of UNDECODED + OTHER_PORTS + UDP_DATAGRAMS + TCP_SEGMENTS
 *   UDP_DATAGRAMS = STREAMS + SHORT of both UDP contexts
 *   TCP_SEGMENTS  = TCP_FOLLOWED_SEGMENTS + TCP_MIDSTREAM_SEGMENTS
 *   TCP_OPENED    = STREAMS + SHORT of both TCP contexts + TCP_EMPTY + TCP_INCOMPLETE + those still open
 */
export const COUNTER_PACKETS: i32 = 0
export const COUNTER_OTHER_PORTS: i32 = 1
export const COUNTER_UDP_DATAGRAMS: i32 = 2
export const COUNTER_TCP_SEGMENTS: i32 = 3
export const COUNTER_TCP_FOLLOWED_SEGMENTS: i32 = 4
/** Segments of a direction whose SYN was not seen. */
export const COUNTER_TCP_MIDSTREAM_SEGMENTS: i32 = 5
/** Directions that carried payload but whose SYN was not seen: not scored. */
export const COUNTER_MIDSTREAM: i32 = 6
/** Directions whose initial sequence number became known. */
export const COUNTER_TCP_OPENED: i32 = 7
/** Directions that ended without a payload byte. */
export const COUNTER_TCP_EMPTY: i32 = 8
/** Directions that ended with a hole in their first eight bytes. */
export const COUNTER_TCP_INCOMPLETE: i32 = 9
/** Length-prefixed messages scored after the first of their stream. */
export const COUNTER_TCP_LATER_MESSAGES: i32 = 10
/** Streams that ended inside the first eight bytes of a later message; reported like SHORT. */
export const COUNTER_TCP_LATER_SHORT: i32 = 11
/** Streams no longer followed because a later message's first bytes were missed. */
export const COUNTER_TCP_GAPS: i32 = 12
/** Streams no longer followed because a length prefix cannot hold a DNS header (RFC 1035 4.1.1, 4.2.2). */
export const COUNTER_TCP_UNFOLLOWABLE: i32 = 13
export const COUNTER_FLOWS_OPENED: i32 = 14
export const COUNTER_FLOWS_EVICTED: i32 = 15
export const COUNTER_MEMO_HITS: i32 = 16
export const COUNTER_MEMO_MISSES: i32 = 17
/** Four of each, by context. */
export const COUNTER_STREAMS: i32 = 20
export const COUNTER_ANOMALIES: i32 = 24
export const COUNTER_SHORT: i32 = 28
/** One for each REASON_ number. */
export const COUNTER_UNDECODED: i32 = 32
export const COUNTER_COUNT: i32 = COUNTER_UNDECODED + REASON_COUNT

export function count(counter: i32): void {
  const address = COUNTERS + ((<usize>counter) << 3)
  store<u64>(address, load<u64>(address) + 1)
}

export function add(counter: i32, much: u64): void {
  const address = COUNTERS + ((<usize>counter) << 3)
  store<u64>(address, load<u64>(address) + much)
}

export function clearCounters(): void {
  memory.fill(COUNTERS, 0, (<usize>COUNTER_COUNT) << 3)
}
