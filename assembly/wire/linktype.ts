import {
  REASON_INTERFACE_UNKNOWN,
  REASON_LINK_HEADER_TRUNCATED,
  REASON_LINK_TYPE_UNSUPPORTED,
} from '../errors'
import { decodeEthernet, decodeEthertype } from './ethernet'
import { decodeIp, decodeIpv4, decodeIpv6 } from './ip'
import { beginPacket, captureEnd, readU16 } from './packet'
import { decodePpp } from './ppp'

// https://www.tcpdump.org/linktypes.html
/** Of a packet whose capture interface was never described. */
export const LINK_TYPE_UNKNOWN: i32 = -1
const LINKTYPE_NULL: i32 = 0
const LINKTYPE_ETHERNET: i32 = 1
const LINKTYPE_PPP: i32 = 9
const DLT_RAW_BSD: i32 = 12
const DLT_RAW_OPENBSD: i32 = 14
const LINKTYPE_RAW: i32 = 101
const LINKTYPE_LOOP: i32 = 108
const LINKTYPE_LINUX_SLL: i32 = 113
const LINKTYPE_IPV4: i32 = 228
const LINKTYPE_IPV6: i32 = 229
const LINKTYPE_LINUX_SLL2: i32 = 276

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
  beginPacket(at + length)
  switch (linkType) {
    case LINKTYPE_ETHERNET:
      return decodeEthernet(at)
    case LINKTYPE_NULL:
    case LINKTYPE_LOOP:
      // The address family's number and byte order depend on the capturing system; the version nibble does not.
      if (<usize>length < LOOPBACK_HEADER) return REASON_LINK_HEADER_TRUNCATED
      return decodeIp(at + LOOPBACK_HEADER)
    case LINKTYPE_PPP:
      return decodePpp(at)
    case DLT_RAW_BSD:
    case DLT_RAW_OPENBSD:
    case LINKTYPE_RAW:
      return decodeIp(at)
    case LINKTYPE_LINUX_SLL:
      if (captureEnd - at < SLL_HEADER) return REASON_LINK_HEADER_TRUNCATED
      return decodeEthertype(readU16(at + 14), at + SLL_HEADER)
    case LINKTYPE_LINUX_SLL2:
      if (captureEnd - at < SLL2_HEADER) return REASON_LINK_HEADER_TRUNCATED
      return decodeEthertype(readU16(at), at + SLL2_HEADER)
    case LINKTYPE_IPV4:
      return decodeIpv4(at)
    case LINKTYPE_IPV6:
      return decodeIpv6(at)
    case LINK_TYPE_UNKNOWN:
      return REASON_INTERFACE_UNKNOWN
    default:
      return REASON_LINK_TYPE_UNSUPPORTED
  }
}
