/**
 * The kernel's memory: fixed regions, no growth, no allocation. Addresses ascend in this order.
 *
 *   PACKET            64 KiB   one live packet, written by the capture library
 *   INPUT            640 KiB   bytes of a capture stream: what is left of the last walk, then the next chunk
 *   INTERFACES         4 KiB   pcapng interfaces of the current section
 *   PORTS              8 KiB   one bit a port: is it a server port?
 *   COUNTERS           1 KiB   u64 each
 *   RECORDS         1280 KiB   what is reported to the caller
 *   STAGING          128 KiB   a model's floats, written by the caller before loadModel
 *   NETWORKS         576 KiB   four deployed networks (see model/layout.ts)
 *   ACTIVATIONS        2 KiB   one forward pass, of up to four samples
 *   MEMO             128 KiB   losses of recent patterns
 *   BATCH              2 KiB   datagrams that wait to be scored (see pipeline/batch.ts)
 *   DATAGRAM_SETS    256 KiB   counts of UDP flows (see flow/datagrams.ts)
 *   DATAGRAM_ANOMALIES  256 KiB  how many of them were anomalous
 *   FLOW_TAGS         64 KiB   hash tags of the TCP connections
 *   FLOWS              2 MiB   TCP connections (see flow/table.ts)
 *   FRAMES             1 MiB   bytes of the most recent frames (see evidence/ring.ts)
 *   FRAME_INDEX      512 KiB   what and where they are
 *   WATCHES            4 KiB   flows whose frames are wanted
 *   WATCH_TABLE        256 B   first watch of each chain
 *   CENSUS           128 KiB   counts of masked patterns (see telemetry/census.ts)
 *   LOSSES           7.5 KiB   counts of losses
 *
 * GUARD_BYTES of zeros stand behind each region; nothing writes them, so a test can see a stray write.
 */
export const GUARD_BYTES: i32 = 64

export const PACKET_BYTES: i32 = 65536
export const INPUT_BYTES: i32 = 655360
export const INTERFACES_BYTES: i32 = 4096
export const PORTS_BYTES: i32 = 8192
export const COUNTERS_BYTES: i32 = 1024
export const RECORD_BYTES: i32 = 160
export const RECORD_CAPACITY: i32 = 8192
export const STAGING_BYTES: i32 = 131072
export const NETWORK_BYTES: i32 = 147456
export const ACTIVATIONS_BYTES: i32 = 2048
export const MEMO_ENTRIES: i32 = 8192
export const MEMO_ENTRY_BYTES: i32 = 16
export const BATCH_ENTRIES: i32 = 32
export const BATCH_ENTRY_BYTES: i32 = 64
export const DATAGRAM_SETS_BYTES: i32 = 262144
export const FLOW_CAPACITY: i32 = 16384
export const FLOW_BYTES: i32 = 128
export const FRAMES_BYTES: i32 = 1048576
export const FRAME_SLOTS: i32 = 16384
export const FRAME_ENTRY_BYTES: i32 = 32
export const WATCH_CAPACITY: i32 = 64
export const WATCH_BYTES: i32 = 64
export const WATCH_TABLE_BYTES: i32 = 256
export const CENSUS_BYTES: i32 = 131104
export const LOSSES_BYTES: i32 = 7680

export const PACKET: usize = memory.data(PACKET_BYTES + GUARD_BYTES, 64)
export const INPUT: usize = memory.data(INPUT_BYTES + GUARD_BYTES, 64)
export const INTERFACES: usize = memory.data(INTERFACES_BYTES + GUARD_BYTES, 64)
export const PORTS: usize = memory.data(PORTS_BYTES + GUARD_BYTES, 64)
export const COUNTERS: usize = memory.data(COUNTERS_BYTES + GUARD_BYTES, 64)
export const RECORDS: usize = memory.data(RECORD_BYTES * RECORD_CAPACITY + GUARD_BYTES, 64)
export const STAGING: usize = memory.data(STAGING_BYTES + GUARD_BYTES, 64)
export const NETWORKS: usize = memory.data(NETWORK_BYTES * 4 + GUARD_BYTES, 64)
export const ACTIVATIONS: usize = memory.data(ACTIVATIONS_BYTES + GUARD_BYTES, 64)
export const MEMO: usize = memory.data(MEMO_ENTRIES * MEMO_ENTRY_BYTES + GUARD_BYTES, 64)
export const BATCH: usize = memory.data(BATCH_ENTRIES * BATCH_ENTRY_BYTES + GUARD_BYTES, 64)
export const DATAGRAM_SETS: usize = memory.data(DATAGRAM_SETS_BYTES + GUARD_BYTES, 64)
export const DATAGRAM_ANOMALIES: usize = memory.data(DATAGRAM_SETS_BYTES + GUARD_BYTES, 64)
export const FLOW_TAGS: usize = memory.data(FLOW_CAPACITY * 4 + GUARD_BYTES, 64)
export const FLOWS: usize = memory.data(FLOW_CAPACITY * FLOW_BYTES + GUARD_BYTES, 64)
export const FRAMES: usize = memory.data(FRAMES_BYTES + GUARD_BYTES, 64)
export const FRAME_INDEX: usize = memory.data(FRAME_SLOTS * FRAME_ENTRY_BYTES + GUARD_BYTES, 64)
export const WATCHES: usize = memory.data(WATCH_CAPACITY * WATCH_BYTES + GUARD_BYTES, 64)
export const WATCH_TABLE: usize = memory.data(WATCH_TABLE_BYTES + GUARD_BYTES, 64)
export const CENSUS: usize = memory.data(CENSUS_BYTES + GUARD_BYTES, 64)
export const LOSSES: usize = memory.data(LOSSES_BYTES + GUARD_BYTES, 64)

function guardIsZero(end: usize): bool {
  for (let i: usize = 0; i < <usize>GUARD_BYTES; i += 8) {
    if (load<u64>(end + i) != 0) return false
  }
  return true
}

/** True while no write has strayed behind any region. */
export function guardsIntact(): bool {
  return (
    guardIsZero(PACKET + PACKET_BYTES) &&
    guardIsZero(INPUT + INPUT_BYTES) &&
    guardIsZero(INTERFACES + INTERFACES_BYTES) &&
    guardIsZero(PORTS + PORTS_BYTES) &&
    guardIsZero(COUNTERS + COUNTERS_BYTES) &&
    guardIsZero(RECORDS + RECORD_BYTES * RECORD_CAPACITY) &&
    guardIsZero(STAGING + STAGING_BYTES) &&
    guardIsZero(NETWORKS + NETWORK_BYTES * 4) &&
    guardIsZero(ACTIVATIONS + ACTIVATIONS_BYTES) &&
    guardIsZero(MEMO + MEMO_ENTRIES * MEMO_ENTRY_BYTES) &&
    guardIsZero(BATCH + BATCH_ENTRIES * BATCH_ENTRY_BYTES) &&
    guardIsZero(DATAGRAM_SETS + DATAGRAM_SETS_BYTES) &&
    guardIsZero(DATAGRAM_ANOMALIES + DATAGRAM_SETS_BYTES) &&
    guardIsZero(FLOW_TAGS + FLOW_CAPACITY * 4) &&
    guardIsZero(FLOWS + FLOW_CAPACITY * FLOW_BYTES) &&
    guardIsZero(FRAMES + FRAMES_BYTES) &&
    guardIsZero(FRAME_INDEX + FRAME_SLOTS * FRAME_ENTRY_BYTES) &&
    guardIsZero(WATCHES + WATCH_CAPACITY * WATCH_BYTES) &&
    guardIsZero(WATCH_TABLE + WATCH_TABLE_BYTES) &&
    guardIsZero(CENSUS + CENSUS_BYTES) &&
    guardIsZero(LOSSES + LOSSES_BYTES)
  )
}
