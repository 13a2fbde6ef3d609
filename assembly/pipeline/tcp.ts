import {
  COUNTER_MIDSTREAM,
  COUNTER_SHORT,
  COUNTER_STREAMS,
  COUNTER_TCP_FOLLOWED_SEGMENTS,
  COUNTER_TCP_GAPS,
  COUNTER_TCP_LATER_MESSAGES,
  COUNTER_TCP_LATER_SHORT,
  COUNTER_TCP_MIDSTREAM_SEGMENTS,
  COUNTER_TCP_OPENED,
  COUNTER_TCP_SEGMENTS,
  COUNTER_TCP_UNFOLLOWABLE,
  count,
} from '../counters'
import {
  advance,
  bytesOf,
  FOLLOWING,
  GAP,
  gather,
  heldInOrder,
  isComplete,
  isLost,
  isShort,
  messageOf,
  noteEnd,
  noteFinish,
  openDirection,
  STATE_DONE,
  STATE_GATHERING,
  STATE_MIDSTREAM,
  STATE_UNKNOWN,
  setState,
  startOf,
  stateOf,
} from '../flow/assembler'
import {
  countAnomaly,
  countStream,
  directionOfPacket,
  oppositeDirection,
  packetIsFromClient,
  setClient,
} from '../flow/table'
import {
  payload,
  payloadCaptured,
  payloadLength,
  tcpAcknowledgement,
  tcpFlags,
  tcpSequence,
} from '../wire/packet'
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../wire/tcp'
import { finishBatch } from './batch'
import { CONTEXT_TCP_QUERY, CONTEXT_TCP_RESPONSE } from './contexts'
import { flowOfPacket, restartFlow } from './flows'
import { addConnection, addPacket, isReported, reportScored, reportShort } from './report'
import { isAnomalous, loss } from './score'

/** One TCP segment (RFC 9293). */
export function processSegment(toServer: bool, fromServer: bool, time: f64): void {
  count(COUNTER_TCP_SEGMENTS)
  let flow = flowOfPacket(toServer, time)
  let direction = directionOfPacket(flow)
  let sequence = tcpSequence

  if (tcpFlags & TCP_SYN) {
    sequence++
    const state = stateOf(direction)
    // Another initial sequence number: the ports are used again by a new connection.
    if ((state == STATE_GATHERING || state == STATE_DONE) && startOf(direction) != sequence) {
      flow = restartFlow(flow, toServer, time)
      direction = directionOfPacket(flow)
    }
    const answers = (tcpFlags & TCP_ACK) != 0
    // Both ports are server ports: whoever sends the first SYN is the client.
    if (toServer && fromServer) setClient(flow, !answers)
    open(direction, sequence)
    if (answers) open(oppositeDirection(flow), tcpAcknowledgement)
  }

  if (stateOf(direction) <= STATE_MIDSTREAM) {
    count(COUNTER_TCP_MIDSTREAM_SEGMENTS)
    if (payloadLength > 0 && stateOf(direction) == STATE_UNKNOWN) {
      setState(direction, STATE_MIDSTREAM)
      count(COUNTER_MIDSTREAM)
    }
    return
  }
  count(COUNTER_TCP_FOLLOWED_SEGMENTS)
  // A reset's payload is not stream data (RFC 9293 3.5.2). It does not end the stream here: a forged one would blind us.
  if (stateOf(direction) != STATE_GATHERING || tcpFlags & TCP_RST) return
  const context = packetIsFromClient(flow) ? CONTEXT_TCP_QUERY : CONTEXT_TCP_RESPONSE
  gather(direction, sequence, payload, payloadCaptured)
  followMessages(flow, direction, context, sequence, time)
  noteEnd(direction, sequence + <u32>payloadLength)
  if (tcpFlags & TCP_FIN) noteFinish(direction, sequence + <u32>payloadLength)
  if (stateOf(direction) == STATE_GATHERING) checkEnd(flow, direction, context, time)
}

function open(direction: usize, start: u32): void {
  if (stateOf(direction) > STATE_MIDSTREAM) return
  openDirection(direction, start)
  count(COUNTER_TCP_OPENED)
}

/** Scores the current message and each further one whose first eight bytes the segment completes. */
function followMessages(flow: usize, direction: usize, context: i32, sequence: u32, time: f64): void {
  while (isComplete(direction)) {
    const message = messageOf(direction)
    if (message == 0) {
      count(COUNTER_STREAMS + context)
      countStream(flow)
    } else count(COUNTER_TCP_LATER_MESSAGES)
    if (judge(flow, context, bytesOf(direction), message, time)) {
      setState(direction, STATE_DONE)
      return
    }
    const followed = advance(direction, sequence, payload, payloadCaptured)
    if (followed != FOLLOWING) {
      count(followed == GAP ? COUNTER_TCP_GAPS : COUNTER_TCP_UNFOLLOWABLE)
      setState(direction, STATE_DONE)
      return
    }
  }
}

/** Scores a message's first eight bytes, and reports it if need be. Returns whether it is anomalous. */
function judge(flow: usize, context: i32, first: usize, message: u32, time: f64): bool {
  const anomalous = isAnomalous(context, first)
  if (anomalous) countAnomaly(flow)
  if (isReported(anomalous)) {
    const ownLoss = loss
    finishBatch()
    const record = reportScored(context, first, ownLoss, anomalous, time)
    addConnection(record, flow, message)
    addPacket(record)
  }
  return anomalous
}

/** The stream ended inside a message's first eight bytes, or lost one of them. */
function checkEnd(flow: usize, direction: usize, context: i32, time: f64): void {
  const message = messageOf(direction)
  if (isShort(direction)) {
    if (message == 0) {
      count(COUNTER_SHORT + context)
      countStream(flow)
    } else count(COUNTER_TCP_LATER_SHORT)
    setState(direction, STATE_DONE)
    countAnomaly(flow)
    finishBatch()
    const record = reportShort(context, bytesOf(direction), heldInOrder(direction), time)
    addConnection(record, flow, message)
    addPacket(record)
  } else if (isLost(direction)) {
    count(COUNTER_TCP_GAPS)
    setState(direction, STATE_DONE)
  }
}
