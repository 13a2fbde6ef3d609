import {
  REASON_INTERFACE_UNKNOWN,
  REASON_LINK_HEADER_TRUNCATED,
  REASON_LINK_TYPE_UNSUPPORTED,
  REASON_NONE,
  REASON_TRANSPORT_UNSUPPORTED,
} from '../errors'
import { findIpByEthertype } from './ethernet'
import { decodeIpv4, decodeIpv6, findIpByNibble } from './ip'
import {
  beginPacket,
  captureEnd,
  ipVersion,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  protocol,
  readU16,
  setNetwork,
} from './packet'
import { findIpInPpp } from './ppp'
import { decodeTcp } from './tcp'
import { decodeUdp } from './udp'

// https://www.tcpdump.org/linktypes.html
/** Of a packet whose capture interface was never described. */
export const LINK_TYPE_UNKNOWN: i32 = -1
const LINKTYPE_NULL: i32 = 0
export const LINKTYPE_ETHERNET: i32 = 1
const LINKTYPE_PPP: i32 = 9
const DLT_RAW_BSD: i32 = 12
const DLT_RAW_OPENBSD: i32 = 14
const LINKTYPE_RAW: i32 = 101
const LINKTYPE_LOOP: i32 = 108
const LINKTYPE_LINUX_SLL: i32 = 113
const LINKTYPE_IPV4: i32 = 228
const LINKTYPE_IPV6: i32 = 229
const LINKTYPE_LINUX_SLL2: i32 = 276

const ETHERNET_HEADER: usize = 14
const LOOPBACK_HEADER: usize = 4
const SLL_HEADER: usize = 16
const SLL2_HEADER: usize = 20

/**
 * Decodes one packet down to its transport payload.
 * @param linkType LINKTYPE_ number
 * @param at first captured byte
 * @param length captured bytes
 * @returns REASON_NONE, or why the payload was not reached
 */
export function decodePacket(linkType: i32, at: usize, length: i32): i32 {
  beginPacket(linkType, at, length)
  let reason = findIp(linkType, at)
  if (reason != REASON_NONE) return reason
  reason = ipVersion == 4 ? decodeIpv4() : decodeIpv6()
  if (reason != REASON_NONE) return reason
  if (protocol == PROTOCOL_UDP) return decodeUdp()
  if (protocol == PROTOCOL_TCP) return decodeTcp()
  return REASON_TRANSPORT_UNSUPPORTED
}

/** Finds the IP header behind a link header of so many bytes, of which two are an EtherType. Returns a REASON_. */
function findIpBehindHeader(at: usize, header: usize, typeAt: usize): i32 {
  if (captureEnd - at < header) return REASON_LINK_HEADER_TRUNCATED
  return findIpByEthertype(readU16(at + typeAt), at + header)
}

/** Finds the IP header. Returns a REASON_. */
function findIp(linkType: i32, at: usize): i32 {
  switch (linkType) {
    case LINKTYPE_ETHERNET:
      return findIpBehindHeader(at, ETHERNET_HEADER, 12)
    case LINKTYPE_NULL:
    case LINKTYPE_LOOP:
      // The address family's number and byte order depend on the capturing system; the version nibble does not.
      if (captureEnd - at < LOOPBACK_HEADER) return REASON_LINK_HEADER_TRUNCATED
      return findIpByNibble(at + LOOPBACK_HEADER)
    case LINKTYPE_PPP:
      return findIpInPpp(at)
    case DLT_RAW_BSD:
    case DLT_RAW_OPENBSD:
    case LINKTYPE_RAW:
      return findIpByNibble(at)
    case LINKTYPE_LINUX_SLL:
      return findIpBehindHeader(at, SLL_HEADER, 14)
    case LINKTYPE_LINUX_SLL2:
      return findIpBehindHeader(at, SLL2_HEADER, 0)
    case LINKTYPE_IPV4:
      setNetwork(4, at)
      return REASON_NONE
    case LINKTYPE_IPV6:
      setNetwork(6, at)
      return REASON_NONE
    case LINK_TYPE_UNKNOWN:
      return REASON_INTERFACE_UNKNOWN
    default:
      return REASON_LINK_TYPE_UNSUPPORTED
  }
}
