import { COUNTER_SHORT, COUNTER_STREAMS, COUNTER_UDP_DATAGRAMS, COUNTER_UNDECODED, count } from '../counters'
import { REASON_PAYLOAD_TRUNCATED } from '../errors'
import { countStream, setClient } from '../flow/table'
import { betterContext } from '../model/loss'
import { payload, payloadCaptured, payloadLength } from '../wire/packet'
import { CONTEXT_UDP_QUERY, CONTEXT_UDP_RESPONSE } from './contexts'
import { flowOfPacket } from './flows'
import { reportShort, scoreBytes } from './score'

/**
 * One UDP datagram, a stream of its own.
 * Between two server ports either side may be asking: the context that fits better decides.
 */
export function processDatagram(toServer: bool, fromServer: bool, time: f64): void {
  if (payloadLength >= 8 && payloadCaptured < 8) {
    count(COUNTER_UNDECODED + REASON_PAYLOAD_TRUNCATED)
    return
  }
  count(COUNTER_UDP_DATAGRAMS)
  const short = payloadLength < 8
  let context = toServer ? CONTEXT_UDP_QUERY : CONTEXT_UDP_RESPONSE
  if (toServer && fromServer && !short)
    context = betterContext(CONTEXT_UDP_QUERY, CONTEXT_UDP_RESPONSE, payload)
  const flow = flowOfPacket(context == CONTEXT_UDP_QUERY, time)
  if (toServer && fromServer) setClient(flow, context == CONTEXT_UDP_QUERY)
  countStream(flow)
  if (short) {
    count(COUNTER_SHORT + context)
    reportShort(flow, context, payload, payloadCaptured, 0, time, true)
    return
  }
  count(COUNTER_STREAMS + context)
  scoreBytes(flow, context, payload, 0, time)
}
