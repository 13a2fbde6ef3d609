import { PACKET, WATCH_BYTES, WATCH_CAPACITY, WATCH_TABLE, WATCHES } from '../memory'
import {
  destinationAddress,
  destinationPort,
  ipVersion,
  protocol,
  sourceAddress,
  sourcePort,
} from '../wire/packet'

/**
 * Flows whose frames are wanted: at most WATCH_CAPACITY, found through a table of 256 chains.
 *
 * A watch begins with its flow, which the caller writes to PACKET in this form; addresses and ports of either end:
 */
export const WATCH_CLIENT_ADDRESS: i32 = 0 // 16 bytes; IPv4 in the first four, the rest zero
export const WATCH_SERVER_ADDRESS: i32 = 16
export const WATCH_CLIENT_PORT: i32 = 32 // u16
export const WATCH_SERVER_PORT: i32 = 34 // u16
export const WATCH_PROTOCOL: i32 = 36 // u8
export const WATCH_IP_VERSION: i32 = 37 // u8
/** u8, the next watch in the chain, from 1; 0: none. */
const NEXT: usize = 38
/** u32; 0: free. */
const ID: usize = 40

/** Flows that are being watched. */
export let watches: i32 = 0
let lastId: u32 = 0

export function clearWatches(): void {
  watches = 0
  memory.fill(WATCHES, 0, <usize>(WATCH_CAPACITY * WATCH_BYTES))
  memory.fill(WATCH_TABLE, 0, 256)
}

function watchAt(slot: i32): usize {
  return WATCHES + <usize>((slot - 1) * WATCH_BYTES)
}

/** Which chain a flow is in: the same for both directions. */
function chainOf(one: usize, other: usize, version: i32, ports: u32): usize {
  const tail: usize = version == 4 ? 0 : 12
  const sum = load<u32>(one + tail) + load<u32>(other + tail) + ports
  return WATCH_TABLE + <usize>((sum * 0x9e3779b9) >>> 24)
}

function chainOfWatch(watch: usize): usize {
  return chainOf(
    watch + WATCH_CLIENT_ADDRESS,
    watch + WATCH_SERVER_ADDRESS,
    <i32>load<u8>(watch, WATCH_IP_VERSION),
    <u32>load<u16>(watch, WATCH_CLIENT_PORT) + <u32>load<u16>(watch, WATCH_SERVER_PORT),
  )
}

/** Watches the flow in PACKET. Returns the watch's id, or 0 when there is no room. */
export function addWatch(): u32 {
  for (let slot = 1; slot <= WATCH_CAPACITY; slot++) {
    const watch = watchAt(slot)
    if (load<u32>(watch, ID) != 0) continue
    memory.copy(watch, PACKET, NEXT)
    if (++lastId == 0) lastId = 1
    store<u32>(watch, lastId, ID)
    const chain = chainOfWatch(watch)
    store<u8>(watch, load<u8>(chain), NEXT)
    store<u8>(chain, <u8>slot)
    watches++
    return lastId
  }
  return 0
}

export function removeWatch(id: u32): void {
  if (id == 0) return
  for (let slot = 1; slot <= WATCH_CAPACITY; slot++) {
    const watch = watchAt(slot)
    if (load<u32>(watch, ID) != id) continue
    let link = chainOfWatch(watch)
    while (<i32>load<u8>(link) != slot) link = watchAt(<i32>load<u8>(link)) + NEXT
    store<u8>(link, load<u8>(watch, NEXT))
    store<u32>(watch, 0, ID)
    watches--
    return
  }
}

/** Id of the watch on the decoded packet's flow; 0: none. */
export function watchOfPacket(): u32 {
  const ports = <u32>(sourcePort + destinationPort)
  let slot = <i32>load<u8>(chainOf(sourceAddress, destinationAddress, ipVersion, ports))
  while (slot != 0) {
    const watch = watchAt(slot)
    if (isOfWatch(watch)) return load<u32>(watch, ID)
    slot = <i32>load<u8>(watch, NEXT)
  }
  return 0
}

function isOfWatch(watch: usize): bool {
  if (<i32>load<u8>(watch, WATCH_PROTOCOL) != protocol) return false
  if (<i32>load<u8>(watch, WATCH_IP_VERSION) != ipVersion) return false
  const clientPort = <i32>load<u16>(watch, WATCH_CLIENT_PORT)
  const serverPort = <i32>load<u16>(watch, WATCH_SERVER_PORT)
  const client = watch + WATCH_CLIENT_ADDRESS
  const server = watch + WATCH_SERVER_ADDRESS
  return (
    (sourcePort == clientPort &&
      destinationPort == serverPort &&
      isAddress(sourceAddress, client) &&
      isAddress(destinationAddress, server)) ||
    (sourcePort == serverPort &&
      destinationPort == clientPort &&
      isAddress(sourceAddress, server) &&
      isAddress(destinationAddress, client))
  )
}

function isAddress(one: usize, other: usize): bool {
  return ipVersion == 4
    ? load<u32>(one) == load<u32>(other)
    : load<u64>(one) == load<u64>(other) && load<u64>(one, 8) == load<u64>(other, 8)
}
