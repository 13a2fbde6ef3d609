/**
 * The scoring kernel's entry points. Integers in, integers out; everything else lies in the exported regions of memory.
 * The caller may read any exported constant: addresses, offsets, counters, reasons and faults have no second home.
 */

export {
  COUNTER_ANOMALIES,
  COUNTER_COUNT,
  COUNTER_FLOWS_EVICTED,
  COUNTER_FLOWS_OPENED,
  COUNTER_MEMO_HITS,
  COUNTER_MEMO_MISSES,
  COUNTER_MIDSTREAM,
  COUNTER_OTHER_PORTS,
  COUNTER_PACKETS,
  COUNTER_SHORT,
  COUNTER_STREAMS,
  COUNTER_TCP_EMPTY,
  COUNTER_TCP_FOLLOWED_SEGMENTS,
  COUNTER_TCP_GAPS,
  COUNTER_TCP_INCOMPLETE,
  COUNTER_TCP_LATER_MESSAGES,
  COUNTER_TCP_LATER_SHORT,
  COUNTER_TCP_MIDSTREAM_SEGMENTS,
  COUNTER_TCP_OPENED,
  COUNTER_TCP_SEGMENTS,
  COUNTER_TCP_UNFOLLOWABLE,
  COUNTER_UDP_DATAGRAMS,
  COUNTER_UNDECODED,
} from './counters'
export * from './errors'
export {
  FRAME_KEPT,
  FRAME_LINK_TYPE,
  FRAME_OFFSET,
  FRAME_ORIGINAL,
  FRAME_TIME,
  FRAME_WATCH,
  frameCount,
  keepFrames,
  MOST_KEPT,
} from './evidence/ring'
export { frameIsHeld, nextWatched, watchFlow } from './evidence/search'
export {
  removeWatch,
  WATCH_CLIENT_ADDRESS,
  WATCH_CLIENT_PORT,
  WATCH_IP_VERSION,
  WATCH_PROTOCOL,
  WATCH_SERVER_ADDRESS,
  WATCH_SERVER_PORT,
} from './evidence/watch'
export { addServerPort, clearServerPorts } from './flow/ports'
export {
  CENSUS,
  COUNTERS,
  FLOW_CAPACITY,
  FRAME_ENTRY_BYTES,
  FRAME_INDEX,
  FRAME_SLOTS,
  FRAMES,
  guardsIntact,
  INPUT,
  INPUT_BYTES,
  LOSSES,
  PACKET,
  PACKET_BYTES,
  RECORD_BYTES,
  RECORD_CAPACITY,
  RECORDS,
  STAGING,
  WATCH_BYTES,
  WATCH_CAPACITY,
} from './memory'
export { enableMemo } from './model/memo'
export {
  LOSS_ONE,
  STAGED_BOTTLENECK,
  STAGED_BYTES,
  STAGED_FLOATS,
  STAGED_HIDDEN,
  STAGED_MASK,
  STAGED_THRESHOLD,
} from './model/network'
export {
  inputFault,
  inputFaultOffset,
  inputOffset,
  inputRest,
  inputSpace,
  inputSpaceLength,
} from './pcap/input'
export { heldTime } from './pcap/step'
export {
  beginStream,
  streamHeader,
  WALK_ALL,
  WALK_FAULT,
  WALK_HELD,
  WALK_RECORDS_FULL,
  walk,
} from './pcap/walk'
export { endFlowsBefore } from './pipeline/flows'
export { latestTime } from './pipeline/packet'
export { reportEveryStream } from './pipeline/report'
export {
  KIND_ANOMALY,
  KIND_CLEAN,
  KIND_SHORT,
  RECORD_CLIENT_ADDRESS,
  RECORD_CLIENT_PORT,
  RECORD_CONTEXT,
  RECORD_FIRST_EIGHT,
  RECORD_FIRST_LENGTH,
  RECORD_FLOW_ANOMALIES,
  RECORD_FLOW_STREAMS,
  RECORD_IP_VERSION,
  RECORD_KIND,
  RECORD_LOSS,
  RECORD_MESSAGE,
  RECORD_PAYLOAD_LENGTH,
  RECORD_PREFIX,
  RECORD_PREFIX_LENGTH,
  RECORD_PROTOCOL,
  RECORD_RECONSTRUCTED,
  RECORD_SERVER_ADDRESS,
  RECORD_SERVER_PORT,
  RECORD_THRESHOLD,
  RECORD_TIME,
  RECORD_VLAN_COUNT,
  RECORD_VLAN_INNER,
  RECORD_VLAN_OUTER,
  recordCount,
  takeRecords,
} from './records'
export {
  CENSUS_ENTRIES,
  CENSUS_ENTRY_BYTES,
  CENSUS_OVERFLOW,
  clearCensus,
  enableCensus,
} from './telemetry/census'
export { enableLosses, LOSS_BUCKETS } from './telemetry/losses'

import { clearCounters } from './counters'
import { MODEL_FAULT_NONE } from './errors'
import { clearFrames, keptBytes } from './evidence/ring'
import { clearWatches } from './evidence/watch'
import { clearDatagrams } from './flow/datagrams'
import { seedHash } from './flow/hash'
import { clearFlows } from './flow/table'
import { INPUT, PACKET, RECORDS } from './memory'
import { inputOf, reconstruct as reconstructed } from './model/forward'
import { lossesOf, lossOf } from './model/loss'
import { clearMemo } from './model/memo'
import { CONTEXTS, loadNetwork } from './model/network'
import { beginStream } from './pcap/walk'
import { finishBatch } from './pipeline/batch'
import { clearLatestTime, processPacket } from './pipeline/packet'
import { recordCount, takeRecords } from './records'
import { censusOn, clearCensus } from './telemetry/census'
import { clearLosses, lossesOn } from './telemetry/losses'

/** Whether this build uses 128-bit vectors. */
export const SIMD: i32 = ASC_FEATURE_SIMD ? 1 : 0

/** Forgets all flows, records and counts; the model and the ports stay. The two halves seed the flow table's hash. */
export function reset(seedLow: u32, seedHigh: u32): void {
  seedHash(((<u64>seedHigh) << 32) | <u64>seedLow)
  clearDatagrams()
  clearFlows()
  clearCounters()
  clearLatestTime()
  if (keptBytes != 0) {
    clearFrames()
    clearWatches()
  }
  clearTelemetry()
  takeRecords()
  beginStream()
}

function clearTelemetry(): void {
  if (censusOn) clearCensus()
  if (lossesOn) clearLosses()
}

/** Builds the four networks from STAGING; what was counted with the old ones is forgotten. Returns MODEL_FAULT_NONE, or fault * 256 + context. */
export function loadModel(): i32 {
  clearMemo()
  clearTelemetry()
  for (let context = 0; context < CONTEXTS; context++) {
    const fault = loadNetwork(context)
    if (fault != MODEL_FAULT_NONE) return fault * 256 + context
  }
  return 0
}

/** Processes the packet in PACKET. Returns how many records wait to be taken. */
export function packet(linkType: i32, length: i32, time: f64): i32 {
  processPacket(linkType, PACKET, length, length, time)
  finishBatch()
  return recordCount()
}

/** Loss units of the first eight bytes in PACKET, without touching flows. */
export function score(context: i32): u32 {
  return lossOf(context, PACKET)
}

/** Writes the reconstruction of the first eight bytes in PACKET to the eight bytes behind them. */
export function reconstruct(context: i32): void {
  store<u64>(PACKET, reconstructed(context, inputOf(context, PACKET)), 8)
}

/** Scores `count` eight-byte patterns that lie one after another in INPUT; losses (u32 each) go to RECORDS. */
export function scoreBatch(context: i32, count: i32): void {
  lossesOf(context, INPUT, count, RECORDS)
}
