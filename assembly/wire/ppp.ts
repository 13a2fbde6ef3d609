import { REASON_LINK_HEADER_TRUNCATED, REASON_NETWORK_PROTOCOL_UNSUPPORTED, REASON_NONE } from '../errors'
import { captureEnd, readU16, setNetwork } from './packet'

const PPPOE_HEADER: usize = 6
const PPP_IPV4: i32 = 0x0021
const PPP_IPV6: i32 = 0x0057
const PPP_ADDRESS_AND_CONTROL: i32 = 0xff03

/** PPPoE session stage (RFC 2516 section 4). Returns a REASON_. */
export function findIpInPppoe(at: usize): i32 {
  if (captureEnd - at < PPPOE_HEADER) return REASON_LINK_HEADER_TRUNCATED
  // Version 1, type 1, code 0: session data. Anything else is discovery or not PPPoE.
  if (readU16(at) != 0x1100) return REASON_NETWORK_PROTOCOL_UNSUPPORTED
  return findIpInPpp(at + PPPOE_HEADER)
}

/** PPP, with or without HDLC-like framing (RFC 1661 section 2, RFC 1662 section 3.1). Returns a REASON_. */
export function findIpInPpp(at: usize): i32 {
  if (captureEnd - at < 2) return REASON_LINK_HEADER_TRUNCATED
  if (readU16(at) == PPP_ADDRESS_AND_CONTROL) at += 2
  if (captureEnd - at < 2) return REASON_LINK_HEADER_TRUNCATED
  let type = <i32>load<u8>(at)
  if (type & 1) {
    at += 1 // protocol field compressed to one byte (RFC 1661 section 6.5)
  } else {
    type = readU16(at)
    at += 2
  }
  if (type != PPP_IPV4 && type != PPP_IPV6) return REASON_NETWORK_PROTOCOL_UNSUPPORTED
  setNetwork(type == PPP_IPV4 ? 4 : 6, at)
  return REASON_NONE
}
