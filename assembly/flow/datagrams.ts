import { COUNTER_FLOWS_EVICTED, COUNTER_FLOWS_OPENED, count } from '../counters'
import { DATAGRAM_ANOMALIES, DATAGRAM_SETS, DATAGRAM_SETS_BYTES } from '../memory'
import { firstOrder, longestUnseen, seen } from './recency'

/**
 * How many datagrams of each UDP flow were seen. A datagram is a stream of its own, so this is all that is kept of its
 * flow, and a flow is known by its hash alone: of two flows that share 43 bits of it (one pair in 10^13) the counts
 * would be one. A full set forgets the flow that was not seen for longest.
 *
 * Set, one cache line:
 *
 *   TAGS      u32[7]  the flow's hash, 0 when the way is free
 *   ORDER     u32     see recency.ts
 *   STREAMS   u32[7]  datagrams
 *   FLAGGED   u32     one bit a way: it has anomalous ones; how many stands in DATAGRAM_ANOMALIES
 */
const WAYS: u32 = 7
const SET_BYTES: usize = 64
const SETS: u64 = <u64>(DATAGRAM_SETS_BYTES / 64)
const ORDER: usize = 28
const STREAMS: usize = 32
const FLAGGED: usize = 60
const TO_ANOMALIES: usize = DATAGRAM_ANOMALIES - DATAGRAM_SETS

export function clearDatagrams(): void {
  memory.fill(DATAGRAM_SETS, 0, DATAGRAM_SETS_BYTES)
  for (let set = DATAGRAM_SETS; set < DATAGRAM_SETS + DATAGRAM_SETS_BYTES; set += SET_BYTES) {
    store<u32>(set, firstOrder(WAYS), ORDER)
  }
}

let touched: u32 = 0

/**
 * Reads the set of the flow with this hash, so that it comes into the processor's cache before it is needed: a few
 * reads in a row wait for memory at the same time.
 */
export function touchDatagrams(hash: u64): void {
  touched = load<u32>(setOf(hash))
}

function setOf(hash: u64): usize {
  return DATAGRAM_SETS + <usize>(hash & (SETS - 1)) * SET_BYTES
}

/** Counts a datagram of the flow with this hash. Returns the flow's place, until the next call. */
// inline
export function countDatagram(hash: u64): usize {
  const set = setOf(hash)
  const tag = <u32>(hash >> 32) | 1
  const ways = waysOf(set, tag)
  const way = ways == 0 ? open(set, tag) : ctz(ways)
  store<u32>(set, seen(load<u32>(set, ORDER), way), ORDER)
  const flow = set + ((<usize>way) << 2)
  store<u32>(flow, load<u32>(flow, STREAMS) + 1, STREAMS)
  return flow
}

/** The ways with this tag, one bit each. */
function waysOf(set: usize, tag: u32): u32 {
  if (ASC_FEATURE_SIMD) {
    const tags = i32x4.splat(tag)
    const low = i32x4.bitmask(i32x4.eq(v128.load(set), tags))
    const high = i32x4.bitmask(i32x4.eq(v128.load(set, 16), tags)) & 7 // the fourth is ORDER
    return <u32>(low | (high << 4))
  }
  for (let way: u32 = 0; way < WAYS; way++) {
    if (load<u32>(set + ((<usize>way) << 2)) == tag) return 1 << way
  }
  return 0
}

function open(set: usize, tag: u32): u32 {
  const way = longestUnseen(load<u32>(set, ORDER), WAYS)
  const flow = set + ((<usize>way) << 2)
  if (load<u32>(flow) != 0) count(COUNTER_FLOWS_EVICTED)
  count(COUNTER_FLOWS_OPENED)
  store<u32>(flow, tag)
  store<u32>(flow, 0, STREAMS)
  store<u32>(set, load<u32>(set, FLAGGED) & ~(1 << way), FLAGGED)
  return way
}

/** Counts the datagram as an anomalous one. */
export function countAnomalousDatagram(flow: usize): void {
  const set = flow & ~(SET_BYTES - 1)
  const flag: u32 = 1 << (<u32>(flow - set) >> 2)
  const flagged = load<u32>(set, FLAGGED)
  store<u32>(set, flagged | flag, FLAGGED)
  const before = flagged & flag ? load<u32>(flow + TO_ANOMALIES) : 0
  store<u32>(flow + TO_ANOMALIES, before + 1)
}

export function datagramsOf(flow: usize): u32 {
  return load<u32>(flow, STREAMS)
}

export function anomalousDatagramsOf(flow: usize): u32 {
  const set = flow & ~(SET_BYTES - 1)
  return (load<u32>(set, FLAGGED) >> (<u32>(flow - set) >> 2)) & 1 ? load<u32>(flow + TO_ANOMALIES) : 0
}
