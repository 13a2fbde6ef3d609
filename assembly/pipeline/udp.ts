import {
  COUNTER_PACKETS,
  COUNTER_SHORT,
  COUNTER_STREAMS,
  COUNTER_UDP_DATAGRAMS,
  COUNTER_UNDECODED,
  count,
} from '../counters'
import { REASON_PAYLOAD_TRUNCATED } from '../errors'
import { countAnomalousDatagram, countDatagram } from '../flow/datagrams'
import { hashOfEnds } from '../flow/hash'
import { inputOf } from '../model/forward'
import { betterContext } from '../model/loss'
import { frame, frameLength, linkType, payload, payloadCaptured, payloadLength } from '../wire/packet'
import { addToBatch, finishBatch } from './batch'
import { CONTEXT_UDP_QUERY, CONTEXT_UDP_RESPONSE } from './contexts'
import { addDatagram, isReported, reportScored, reportShort } from './report'
import { isAnomalous, loss } from './score'

/** One UDP datagram, a stream of its own. Counts itself as a packet: those that wait do so together. */
export function processDatagram(toServer: bool, fromServer: bool, time: f64): void {
  const short = payloadLength < 8
  if (!short && payloadCaptured < 8) {
    count(COUNTER_PACKETS)
    count(COUNTER_UNDECODED + REASON_PAYLOAD_TRUNCATED)
    return
  }
  const context = toServer ? CONTEXT_UDP_QUERY : CONTEXT_UDP_RESPONSE
  if (short || (toServer && fromServer)) processAlone(context, short, time)
  else addToBatch(context, inputOf(context, payload), hashOfEnds(), linkType, frame, frameLength, time)
}

/**
 * A short datagram, or one between two server ports. There either side may be asking: the context that fits better
 * decides.
 */
function processAlone(context: i32, short: bool, time: f64): void {
  finishBatch()
  count(COUNTER_PACKETS)
  count(COUNTER_UDP_DATAGRAMS)
  if (!short) context = betterContext(CONTEXT_UDP_QUERY, CONTEXT_UDP_RESPONSE, payload)
  count((short ? COUNTER_SHORT : COUNTER_STREAMS) + context)
  const flow = countDatagram(hashOfEnds())
  const reported = short || isAnomalous(context, payload)
  if (reported) countAnomalousDatagram(flow)
  else if (!isReported(false)) return
  const record = short
    ? reportShort(context, payload, payloadCaptured, time)
    : reportScored(context, payload, loss, reported, time)
  addDatagram(record, flow, context == CONTEXT_UDP_QUERY)
}
