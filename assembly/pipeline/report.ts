import { anomalousDatagramsOf, datagramsOf } from '../flow/datagrams'
import {
  anomaliesOf,
  clientAddress,
  clientPort,
  ipVersionOf,
  serverAddress,
  serverPort,
  streamsOf,
} from '../flow/table'
import { inputOf, reconstruct } from '../model/forward'
import { thresholdOf } from '../model/loss'
import {
  addCounts,
  addEnds,
  addPayload,
  addScore,
  addVlans,
  KIND_ANOMALY,
  KIND_CLEAN,
  KIND_SHORT,
  RECORD_MESSAGE,
  writeRecord,
} from '../records'
import {
  destinationAddress,
  destinationPort,
  ipVersion,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  payload,
  payloadCaptured,
  payloadLength,
  sourceAddress,
  sourcePort,
  vlanCount,
  vlanInner,
  vlanOuter,
} from '../wire/packet'

/** Reports what is to be reported: a scored stream or message, or a stream that ended too soon; then whose it is. */

let everyStream: bool = false

/** Whether clean streams are reported too (for building a census). */
export function reportEveryStream(on: bool): void {
  everyStream = on
}

export function isReported(anomalous: bool): bool {
  return anomalous || everyStream
}

/** Eight bytes that were scored. Returns the record. */
export function reportScored(context: i32, first: usize, loss: u32, anomalous: bool, time: f64): usize {
  const record = writeRecord(anomalous ? KIND_ANOMALY : KIND_CLEAN, context, time, first, 8)
  // The memo keeps losses only; a report is rare enough to run the network again for its outputs.
  addScore(record, loss, thresholdOf(context), reconstruct(context, inputOf(context, first)))
  return record
}

/** A stream that ended after `length` bytes, fewer than eight. Returns the record. */
export function reportShort(context: i32, first: usize, length: i32, time: f64): usize {
  return writeRecord(KIND_SHORT, context, time, first, length)
}

/** The record is of the decoded packet. */
export function addPacket(record: usize): void {
  addPayload(record, payload, payloadCaptured, payloadLength)
  addVlans(record, vlanCount, vlanOuter, vlanInner)
}

/** The record is of a message of this TCP connection. */
export function addConnection(record: usize, flow: usize, message: u32): void {
  store<u32>(record, message, RECORD_MESSAGE)
  addEnds(
    record,
    PROTOCOL_TCP,
    ipVersionOf(flow),
    clientAddress(flow),
    clientPort(flow),
    serverAddress(flow),
    serverPort(flow),
  )
  addCounts(record, streamsOf(flow), anomaliesOf(flow))
}

/** The record is of the decoded datagram, which `flow` has counted. */
export function addDatagram(record: usize, flow: usize, clientIsSource: bool): void {
  if (clientIsSource) addDatagramEnds(record, sourceAddress, sourcePort, destinationAddress, destinationPort)
  else addDatagramEnds(record, destinationAddress, destinationPort, sourceAddress, sourcePort)
  addCounts(record, datagramsOf(flow), anomalousDatagramsOf(flow))
  addPacket(record)
}

function addDatagramEnds(
  record: usize,
  client: usize,
  clientPort: i32,
  server: usize,
  serverPort: i32,
): void {
  addEnds(record, PROTOCOL_UDP, ipVersion, client, clientPort, server, serverPort)
}
