import {
  COUNTER_FLOWS_EVICTED,
  COUNTER_SHORT,
  COUNTER_TCP_EMPTY,
  COUNTER_TCP_GAPS,
  COUNTER_TCP_INCOMPLETE,
  COUNTER_TCP_LATER_SHORT,
  count,
} from '../counters'
import {
  bytesOf,
  ENDED_EMPTY,
  ENDED_SHORT,
  endingOf,
  heldInOrder,
  messageOf,
  STATE_GATHERING,
  stateOf,
} from '../flow/assembler'
import {
  countAnomaly,
  countStream,
  directionFromClient,
  directionFromServer,
  findFlow,
  isUsed,
  lastSeen,
  openFlow,
  releaseFlow,
  slotForFlow,
  touchFlow,
  usedFlow,
} from '../flow/table'
import { FLOW_CAPACITY } from '../memory'
import { hasRoom } from '../records'
import { finishBatch } from './batch'
import { CONTEXT_TCP_QUERY, CONTEXT_TCP_RESPONSE } from './contexts'
import { addConnection, reportShort } from './report'

/** The life of TCP connections: found or opened by a packet, ended by eviction, a new connection, idleness or the end. */

/** The decoded packet's connection, opened if new. */
export function flowOfPacket(clientIsSource: bool, time: f64): usize {
  let flow = findFlow()
  if (flow == 0) {
    flow = slotForFlow()
    if (isUsed(flow)) {
      count(COUNTER_FLOWS_EVICTED)
      endFlow(flow)
    }
    openFlow(flow, clientIsSource)
  }
  touchFlow(flow, time)
  return flow
}

/** Ends the decoded packet's flow and opens it anew in the same entry. */
export function restartFlow(flow: usize, clientIsSource: bool, time: f64): usize {
  endFlow(flow)
  openFlow(flow, clientIsSource)
  touchFlow(flow, time)
  return flow
}

function endFlow(flow: usize): void {
  endDirection(flow, directionFromClient(flow), CONTEXT_TCP_QUERY)
  endDirection(flow, directionFromServer(flow), CONTEXT_TCP_RESPONSE)
  releaseFlow(flow)
}

function endDirection(flow: usize, direction: usize, context: i32): void {
  if (stateOf(direction) != STATE_GATHERING) return
  const first = messageOf(direction) == 0
  const ending = endingOf(direction)
  if (ending == ENDED_EMPTY) {
    if (first) count(COUNTER_TCP_EMPTY)
  } else if (ending == ENDED_SHORT) {
    if (first) {
      count(COUNTER_SHORT + context)
      countStream(flow)
    } else count(COUNTER_TCP_LATER_SHORT)
    countAnomaly(flow)
    finishBatch()
    const record = reportShort(context, bytesOf(direction), heldInOrder(direction), lastSeen(flow))
    addConnection(record, flow, messageOf(direction))
  } else count(first ? COUNTER_TCP_INCOMPLETE : COUNTER_TCP_GAPS)
}

/**
 * Ends flows not seen since `time` (microseconds since 1970), from entry `from` on.
 * @returns FLOW_CAPACITY when done, else the entry to go on from once the records have been taken
 */
export function endFlowsBefore(time: f64, from: i32): i32 {
  for (let index = from; index < FLOW_CAPACITY; index++) {
    if (!hasRoom()) return index
    const flow = usedFlow(index)
    if (flow != 0 && lastSeen(flow) < time) endFlow(flow)
  }
  return FLOW_CAPACITY
}
