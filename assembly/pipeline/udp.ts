import { COUNTER_SHORT, COUNTER_STREAMS, COUNTER_UDP_DATAGRAMS, COUNTER_UNDECODED, count } from '../counters'
import { REASON_PAYLOAD_TRUNCATED } from '../errors'
import { countAnomalousDatagram, countDatagram } from '../flow/datagrams'
import { hashOfEnds } from '../flow/hash'
import { betterContext } from '../model/loss'
import { payload, payloadCaptured, payloadLength } from '../wire/packet'
import { CONTEXT_UDP_QUERY, CONTEXT_UDP_RESPONSE } from './contexts'
import { addDatagram, isReported, reportScored, reportShort } from './report'
import { isAnomalous } from './score'

/**
 * One UDP datagram, a stream of its own.
 * Between two server ports either side may be asking: the context that fits better decides.
 */
export function processDatagram(toServer: bool, fromServer: bool, time: f64): void {
  const short = payloadLength < 8
  if (!short && payloadCaptured < 8) {
    count(COUNTER_UNDECODED + REASON_PAYLOAD_TRUNCATED)
    return
  }
  count(COUNTER_UDP_DATAGRAMS)
  let context = toServer ? CONTEXT_UDP_QUERY : CONTEXT_UDP_RESPONSE
  if (toServer && fromServer && !short)
    context = betterContext(CONTEXT_UDP_QUERY, CONTEXT_UDP_RESPONSE, payload)
  count((short ? COUNTER_SHORT : COUNTER_STREAMS) + context)
  const flow = countDatagram(hashOfEnds())
  const reported = short || isAnomalous(context, payload)
  if (reported) countAnomalousDatagram(flow)
  else if (!isReported(false)) return
  const record = short
    ? reportShort(context, payload, payloadCaptured, time)
    : reportScored(context, payload, reported, time)
  addDatagram(record, flow, context == CONTEXT_UDP_QUERY)
}
