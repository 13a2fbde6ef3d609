import { COUNTER_OTHER_PORTS, COUNTER_PACKETS, COUNTER_UNDECODED, count } from '../counters'
import { REASON_NONE } from '../errors'
import { keepFrame, keptBytes } from '../evidence/ring'
import { watches } from '../evidence/watch'
import { isServerPort } from '../flow/ports'
import { decodePacket } from '../wire/linktype'
import { destinationPort, PROTOCOL_UDP, protocol, sourcePort } from '../wire/packet'
import { takePlainDatagram } from './plain'
import { processSegment } from './tcp'
import { processDatagram } from './udp'

let latest: f64 = 0

/** Latest capture time seen since the last reset, microseconds since 1970; 0 before the first packet. */
export function latestTime(): f64 {
  return latest
}

export function clearLatestTime(): void {
  latest = 0
}

/**
 * One captured packet, from its link layer to its verdict. Adds exactly one to COUNTER_PACKETS and to one of
 * UNDECODED, OTHER_PORTS, UDP_DATAGRAMS and TCP_SEGMENTS.
 * @param length bytes captured
 * @param original bytes on the wire
 * @param time capture time, microseconds since 1970
 */
export function processPacket(linkType: i32, at: usize, length: i32, original: i32, time: f64): void {
  if (time > latest) latest = time
  // A frame that is kept and may be watched must be decoded first.
  if (watches == 0 && takePlainDatagram(linkType, at, length, time)) {
    if (keptBytes != 0) keepFrame(linkType, at, length, original, time)
    return
  }
  processAny(linkType, at, length, original, time)
}

function processAny(linkType: i32, at: usize, length: i32, original: i32, time: f64): void {
  const reason = decodePacket(linkType, at, length)
  if (reason != REASON_NONE) {
    count(COUNTER_PACKETS)
    count(COUNTER_UNDECODED + reason)
    return
  }
  const toServer = isServerPort(destinationPort)
  const fromServer = isServerPort(sourcePort)
  if (!toServer && !fromServer) {
    count(COUNTER_PACKETS)
    count(COUNTER_OTHER_PORTS)
    return
  }
  if (keptBytes != 0) keepFrame(linkType, at, length, original, time)
  if (protocol == PROTOCOL_UDP) processDatagram(toServer, fromServer, time)
  else {
    count(COUNTER_PACKETS)
    processSegment(toServer, fromServer, time)
  }
}
