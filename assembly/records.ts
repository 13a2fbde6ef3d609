import { BATCH_ENTRIES, RECORD_BYTES, RECORD_CAPACITY, RECORDS } from './memory'

/**
 * What the kernel reports, RECORD_BYTES each from RECORDS. The caller reads fields at these offsets, little-endian,
 * then calls takeRecords(). Entry points leave room for all records of one packet before they begin it.
 */
export const RECORD_TIME: i32 = 0 // f64, microseconds since 1970
export const RECORD_KIND: i32 = 8 // u8
export const RECORD_CONTEXT: i32 = 9 // u8
export const RECORD_PROTOCOL: i32 = 10 // u8, IP protocol number
export const RECORD_IP_VERSION: i32 = 11 // u8
export const RECORD_CLIENT_PORT: i32 = 12 // u16
export const RECORD_SERVER_PORT: i32 = 14 // u16
export const RECORD_CLIENT_ADDRESS: i32 = 16 // 16 bytes, IPv4 in the first four
export const RECORD_SERVER_ADDRESS: i32 = 32 // 16 bytes
export const RECORD_FIRST_EIGHT: i32 = 48 // 8 bytes
export const RECORD_RECONSTRUCTED: i32 = 56 // 8 bytes
export const RECORD_LOSS: i32 = 64 // u32, loss units
export const RECORD_THRESHOLD: i32 = 68 // u32, loss units
export const RECORD_MESSAGE: i32 = 72 // u32
export const RECORD_FLOW_STREAMS: i32 = 76 // u32
export const RECORD_FLOW_ANOMALIES: i32 = 80 // u32
export const RECORD_PAYLOAD_LENGTH: i32 = 84 // u32
export const RECORD_FIRST_LENGTH: i32 = 88 // u8, 0 to 8
export const RECORD_VLAN_COUNT: i32 = 89 // u8, 0 to 2
export const RECORD_VLAN_OUTER: i32 = 90 // u16
export const RECORD_VLAN_INNER: i32 = 92 // u16
export const RECORD_PREFIX_LENGTH: i32 = 94 // u8
export const RECORD_PREFIX: i32 = 96 // 64 bytes

export const KIND_CLEAN: i32 = 0
export const KIND_ANOMALY: i32 = 1
export const KIND_SHORT: i32 = 2

/** Most messages in one segment (65,535 bytes, 14 each), what its direction's end may add, and datagrams that wait. */
const MOST_OF_ONE_PACKET: i32 = 4700 + BATCH_ENTRIES

let records: i32 = 0

export function recordCount(): i32 {
  return records
}

/** Tells that the caller has read all records. */
export function takeRecords(): void {
  records = 0
}

/** True when all records that one more packet can make will fit. */
export function hasRoom(): bool {
  return records <= RECORD_CAPACITY - MOST_OF_ONE_PACKET
}

/**
 * Begins a record; fields that are not set are zero. Returns its address.
 * @param firstLength how many of the first eight bytes there are
 */
export function writeRecord(kind: i32, context: i32, time: f64, first: usize, firstLength: i32): usize {
  const record = RECORDS + <usize>records * RECORD_BYTES
  records++
  memory.fill(record, 0, RECORD_BYTES)
  store<f64>(record, time, RECORD_TIME)
  store<u8>(record, <u8>kind, RECORD_KIND)
  store<u8>(record, <u8>context, RECORD_CONTEXT)
  memory.copy(record + RECORD_FIRST_EIGHT, first, firstLength)
  store<u8>(record, <u8>firstLength, RECORD_FIRST_LENGTH)
  return record
}

/** Adds whose stream it is. Addresses have 4 or 16 bytes. */
export function addEnds(
  record: usize,
  protocol: i32,
  ipVersion: i32,
  client: usize,
  clientPort: i32,
  server: usize,
  serverPort: i32,
): void {
  const length = ipVersion == 4 ? 4 : 16
  store<u8>(record, <u8>protocol, RECORD_PROTOCOL)
  store<u8>(record, <u8>ipVersion, RECORD_IP_VERSION)
  store<u16>(record, <u16>clientPort, RECORD_CLIENT_PORT)
  store<u16>(record, <u16>serverPort, RECORD_SERVER_PORT)
  memory.copy(record + RECORD_CLIENT_ADDRESS, client, length)
  memory.copy(record + RECORD_SERVER_ADDRESS, server, length)
}

/** Adds the flow's counts, this stream included. */
export function addCounts(record: usize, streams: u32, anomalies: u32): void {
  store<u32>(record, streams, RECORD_FLOW_STREAMS)
  store<u32>(record, anomalies, RECORD_FLOW_ANOMALIES)
}

/** Adds the packet that completed the stream's first eight bytes. */
export function addPayload(record: usize, payload: usize, captured: i32, length: i32): void {
  const prefix = min(captured, 64)
  memory.copy(record + RECORD_PREFIX, payload, prefix)
  store<u8>(record, <u8>prefix, RECORD_PREFIX_LENGTH)
  store<u32>(record, length, RECORD_PAYLOAD_LENGTH)
}

export function addVlans(record: usize, count: i32, outer: i32, inner: i32): void {
  store<u8>(record, <u8>min(count, 2), RECORD_VLAN_COUNT)
  store<u16>(record, <u16>outer, RECORD_VLAN_OUTER)
  store<u16>(record, <u16>inner, RECORD_VLAN_INNER)
}

export function addScore(record: usize, loss: u32, threshold: u32, reconstructed: u64): void {
  store<u32>(record, loss, RECORD_LOSS)
  store<u32>(record, threshold, RECORD_THRESHOLD)
  store<u64>(record, reconstructed, RECORD_RECONSTRUCTED)
}
