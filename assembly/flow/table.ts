import { COUNTER_FLOWS_OPENED, count } from '../counters'
import { FLOW_BYTES, FLOW_CAPACITY, FLOW_TAGS, FLOWS } from '../memory'
import { destinationAddress, destinationPort, ipVersion, sourceAddress, sourcePort } from '../wire/packet'
import { hashOfEnds } from './hash'

/**
 * TCP connections by their two ends, both directions in one entry: FLOW_CAPACITY entries in sets of eight. A new one
 * whose set is full takes the place of the set's longest unseen one, which the caller ends and counts.
 *
 * Entry: the two ends in canonical order (lower address and port first), then counts, then one direction each.
 */
const WAYS: i32 = 8
const SETS: i32 = FLOW_CAPACITY / WAYS

const LOW_ADDRESS: usize = 0 // 16 bytes; IPv4 in the first four, the rest zero
const HIGH_ADDRESS: usize = 16
const LOW_PORT: usize = 32 // u16
const HIGH_PORT: usize = 34
const IP_VERSION: usize = 36 // u8
/** u8: 1 when the low end is the client. */
const CLIENT_IS_LOW: usize = 37
const FLOW_STREAMS: usize = 40 // u32
const FLOW_ANOMALIES: usize = 44 // u32
const LAST_SEEN: usize = 48 // f64, microseconds since 1970
/** What was sent by the low end, then by the high end; DIRECTION_BYTES each (see assembler.ts). */
const DIRECTIONS: usize = 64
export const DIRECTION_BYTES: usize = 32

let set: i32 = 0
let tag: u32 = 0
let sourceIsLow: bool = false
let lowHead: u64 = 0
let lowTail: u64 = 0
let highHead: u64 = 0
let highTail: u64 = 0
let ports: u32 = 0

export function clearFlows(): void {
  memory.fill(FLOW_TAGS, 0, (<usize>FLOW_CAPACITY) << 2)
}

/** Puts the decoded packet's ends in canonical order and hashes them. */
function keyOfPacket(): void {
  let sourceHead: u64, sourceTail: u64, destinationHead: u64, destinationTail: u64
  if (ipVersion == 4) {
    sourceHead = load<u32>(sourceAddress)
    destinationHead = load<u32>(destinationAddress)
    sourceTail = 0
    destinationTail = 0
  } else {
    sourceHead = load<u64>(sourceAddress)
    sourceTail = load<u64>(sourceAddress, 8)
    destinationHead = load<u64>(destinationAddress)
    destinationTail = load<u64>(destinationAddress, 8)
  }
  sourceIsLow =
    sourceHead != destinationHead
      ? sourceHead < destinationHead
      : sourceTail != destinationTail
        ? sourceTail < destinationTail
        : sourcePort <= destinationPort
  if (sourceIsLow) {
    lowHead = sourceHead
    lowTail = sourceTail
    highHead = destinationHead
    highTail = destinationTail
    ports = <u32>sourcePort | ((<u32>destinationPort) << 16)
  } else {
    lowHead = destinationHead
    lowTail = destinationTail
    highHead = sourceHead
    highTail = sourceTail
    ports = <u32>destinationPort | ((<u32>sourcePort) << 16)
  }
  const hash = hashOfEnds()
  set = <i32>(hash & <u64>(SETS - 1))
  tag = <u32>(hash >>> 32) | 1 // 0 means empty
}

function entryOf(index: i32): usize {
  return FLOWS + <usize>index * FLOW_BYTES
}

function isPacketsFlow(flow: usize): bool {
  return (
    load<u64>(flow, LOW_ADDRESS) == lowHead &&
    load<u64>(flow, LOW_ADDRESS + 8) == lowTail &&
    load<u64>(flow, HIGH_ADDRESS) == highHead &&
    load<u64>(flow, HIGH_ADDRESS + 8) == highTail &&
    load<u32>(flow, LOW_PORT) == ports &&
    <i32>load<u8>(flow, IP_VERSION) == ipVersion
  )
}

/** The decoded packet's flow, or 0; also prepares slotForFlow(). */
export function findFlow(): usize {
  keyOfPacket()
  for (let index = set * WAYS; index < (set + 1) * WAYS; index++) {
    if (load<u32>(FLOW_TAGS + ((<usize>index) << 2)) == tag) {
      const flow = entryOf(index)
      if (isPacketsFlow(flow)) return flow
    }
  }
  return 0
}

/** After findFlow() returned 0: a free entry of the flow's set, or the one seen longest ago, which isUsed(). */
export function slotForFlow(): usize {
  let oldest: usize = 0
  let oldestSeen: f64 = Infinity
  for (let index = set * WAYS; index < (set + 1) * WAYS; index++) {
    const flow = entryOf(index)
    if (load<u32>(FLOW_TAGS + ((<usize>index) << 2)) == 0) return flow
    const seen = load<f64>(flow, LAST_SEEN)
    if (oldest == 0 || seen < oldestSeen) {
      oldestSeen = seen
      oldest = flow
    }
  }
  return oldest
}

function tagAddress(flow: usize): usize {
  return FLOW_TAGS + (((flow - FLOWS) / FLOW_BYTES) << 2)
}

export function isUsed(flow: usize): bool {
  return load<u32>(tagAddress(flow)) != 0
}

export function releaseFlow(flow: usize): void {
  store<u32>(tagAddress(flow), 0)
}

/** Starts the decoded packet's flow in an entry from slotForFlow(). */
export function openFlow(flow: usize, clientIsSource: bool): void {
  memory.fill(flow, 0, FLOW_BYTES)
  store<u64>(flow, lowHead, LOW_ADDRESS)
  store<u64>(flow, lowTail, LOW_ADDRESS + 8)
  store<u64>(flow, highHead, HIGH_ADDRESS)
  store<u64>(flow, highTail, HIGH_ADDRESS + 8)
  store<u32>(flow, ports, LOW_PORT)
  store<u8>(flow, <u8>ipVersion, IP_VERSION)
  store<u32>(tagAddress(flow), tag)
  setClient(flow, clientIsSource)
  count(COUNTER_FLOWS_OPENED)
}

export function setClient(flow: usize, clientIsSource: bool): void {
  store<u8>(flow, <u8>(clientIsSource == sourceIsLow), CLIENT_IS_LOW)
}

export function touchFlow(flow: usize, time: f64): void {
  store<f64>(flow, time, LAST_SEEN)
}

export function lastSeen(flow: usize): f64 {
  return load<f64>(flow, LAST_SEEN)
}

/** Entry number `index`, 0 to FLOW_CAPACITY - 1, or 0 when it is free. */
export function usedFlow(index: i32): usize {
  return load<u32>(FLOW_TAGS + ((<usize>index) << 2)) == 0 ? 0 : entryOf(index)
}

export function countStream(flow: usize): void {
  store<u32>(flow, load<u32>(flow, FLOW_STREAMS) + 1, FLOW_STREAMS)
}

export function countAnomaly(flow: usize): void {
  store<u32>(flow, load<u32>(flow, FLOW_ANOMALIES) + 1, FLOW_ANOMALIES)
}

export function streamsOf(flow: usize): u32 {
  return load<u32>(flow, FLOW_STREAMS)
}

export function anomaliesOf(flow: usize): u32 {
  return load<u32>(flow, FLOW_ANOMALIES)
}

/** Direction of the decoded packet, of its answers, and by sender. */
export function directionOfPacket(flow: usize): usize {
  return flow + DIRECTIONS + (sourceIsLow ? 0 : DIRECTION_BYTES)
}

export function oppositeDirection(flow: usize): usize {
  return flow + DIRECTIONS + (sourceIsLow ? DIRECTION_BYTES : 0)
}

export function directionFromClient(flow: usize): usize {
  return flow + DIRECTIONS + (load<u8>(flow, CLIENT_IS_LOW) ? 0 : DIRECTION_BYTES)
}

export function directionFromServer(flow: usize): usize {
  return flow + DIRECTIONS + (load<u8>(flow, CLIENT_IS_LOW) ? DIRECTION_BYTES : 0)
}

export function packetIsFromClient(flow: usize): bool {
  return (load<u8>(flow, CLIENT_IS_LOW) != 0) == sourceIsLow
}

export function ipVersionOf(flow: usize): i32 {
  return <i32>load<u8>(flow, IP_VERSION)
}

export function clientAddress(flow: usize): usize {
  return flow + (load<u8>(flow, CLIENT_IS_LOW) ? LOW_ADDRESS : HIGH_ADDRESS)
}

export function serverAddress(flow: usize): usize {
  return flow + (load<u8>(flow, CLIENT_IS_LOW) ? HIGH_ADDRESS : LOW_ADDRESS)
}

export function clientPort(flow: usize): u16 {
  return load<u16>(flow + (load<u8>(flow, CLIENT_IS_LOW) ? LOW_PORT : HIGH_PORT))
}

export function serverPort(flow: usize): u16 {
  return load<u16>(flow + (load<u8>(flow, CLIENT_IS_LOW) ? HIGH_PORT : LOW_PORT))
}
