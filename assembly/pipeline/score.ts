import { COUNTER_ANOMALIES, count } from '../counters'
import { isServerPort } from '../flow/ports'
import { countAnomaly } from '../flow/table'
import { inputOf, reconstruct } from '../model/forward'
import { lossOf, thresholdOf } from '../model/loss'
import {
  addPayload,
  addScore,
  addVlans,
  KIND_ANOMALY,
  KIND_CLEAN,
  KIND_SHORT,
  RECORD_MESSAGE,
  writeRecord,
} from '../records'
import { censusOn, countPattern } from '../telemetry/census'
import { countLoss, lossesOn } from '../telemetry/losses'
import {
  destinationPort,
  payload,
  payloadCaptured,
  payloadLength,
  sourcePort,
  vlanCount,
  vlanInner,
  vlanOuter,
} from '../wire/packet'

/** Scores the eight bytes of a stream or message of the decoded packet, and reports what is to be reported. */

let everyStream: bool = false

/** Whether clean streams are reported too (for building a census). */
export function reportEveryStream(on: bool): void {
  everyStream = on
}

function addPacket(record: usize, message: u32): void {
  store<u32>(record, message, RECORD_MESSAGE)
  addPayload(record, payload, payloadCaptured, payloadLength)
  addVlans(record, vlanCount, vlanOuter, vlanInner)
}

/** Returns true when the loss exceeds the context's threshold. */
export function scoreBytes(flow: usize, context: i32, first: usize, message: u32, time: f64): bool {
  const loss = lossOf(context, first)
  if (lossesOn) countLoss(context, loss)
  // Between two server ports nobody knows which end is the server, so nobody should learn from it.
  if (censusOn && !(isServerPort(sourcePort) && isServerPort(destinationPort)))
    countPattern(context, inputOf(context, first))
  const threshold = thresholdOf(context)
  const anomalous = loss > threshold
  if (anomalous) {
    count(COUNTER_ANOMALIES + context)
    countAnomaly(flow)
  } else if (!everyStream) return false
  // The memo keeps losses only; a report is rare enough to run the network again for its outputs.
  const reconstructed = reconstruct(context, inputOf(context, first))
  const record = writeRecord(flow, anomalous ? KIND_ANOMALY : KIND_CLEAN, context, time, first, 8)
  addScore(record, loss, threshold, reconstructed)
  addPacket(record, message)
  return anomalous
}

/**
 * Reports a stream that ended after `length` bytes, fewer than eight.
 * @param ofPacket whether the decoded packet ended it; otherwise idleness, eviction or the end of the capture did
 */
export function reportShort(
  flow: usize,
  context: i32,
  first: usize,
  length: i32,
  message: u32,
  time: f64,
  ofPacket: bool,
): void {
  countAnomaly(flow)
  const record = writeRecord(flow, KIND_SHORT, context, time, first, length)
  if (ofPacket) addPacket(record, message)
  else store<u32>(record, message, RECORD_MESSAGE)
}
