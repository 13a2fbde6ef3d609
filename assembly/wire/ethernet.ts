import {
  REASON_LINK_HEADER_TRUNCATED,
  REASON_LINK_TAGS_TOO_MANY,
  REASON_NETWORK_PROTOCOL_UNSUPPORTED,
  REASON_NONE,
} from '../errors'
import { findIpByNibble } from './ip'
import { addVlan, captureEnd, readU16, setNetwork } from './packet'
import { findIpInPppoe } from './ppp'

const TAG: usize = 4
const MPLS_LABEL: usize = 4
/** VLAN tags or MPLS labels in a row; more is not seen on real links and would only cost time. */
const MOST_TAGS: i32 = 8

const ETHERTYPE_IPV4: i32 = 0x0800
const ETHERTYPE_IPV6: i32 = 0x86dd
const ETHERTYPE_VLAN: i32 = 0x8100 // IEEE 802.1Q
const ETHERTYPE_SERVICE_VLAN: i32 = 0x88a8 // IEEE 802.1ad
const ETHERTYPE_OLD_QINQ: i32 = 0x9100
const ETHERTYPE_PPPOE_SESSION: i32 = 0x8864 // RFC 2516
const ETHERTYPE_MPLS: i32 = 0x8847 // RFC 3032
const ETHERTYPE_MPLS_UPSTREAM: i32 = 0x8848 // RFC 5332

/** Finds the IP header behind an EtherType field, through any VLAN tags. `at` is at most captureEnd. Returns a REASON_. */
export function findIpByEthertype(type: i32, at: usize): i32 {
  for (let tags = 0; tags <= MOST_TAGS; tags++) {
    switch (type) {
      case ETHERTYPE_IPV4:
        setNetwork(4, at)
        return REASON_NONE
      case ETHERTYPE_IPV6:
        setNetwork(6, at)
        return REASON_NONE
      case ETHERTYPE_VLAN:
      case ETHERTYPE_SERVICE_VLAN:
      case ETHERTYPE_OLD_QINQ:
        if (captureEnd - at < TAG) return REASON_LINK_HEADER_TRUNCATED
        addVlan(readU16(at) & 0x0fff)
        type = readU16(at + 2)
        at += TAG
        break
      case ETHERTYPE_PPPOE_SESSION:
        return findIpInPppoe(at)
      case ETHERTYPE_MPLS:
      case ETHERTYPE_MPLS_UPSTREAM:
        return findIpBehindLabels(at)
      default:
        return REASON_NETWORK_PROTOCOL_UNSUPPORTED
    }
  }
  return REASON_LINK_TAGS_TOO_MANY
}

/** MPLS label stack (RFC 3032 2.1); below the bottom label IP is told by its version nibble. */
function findIpBehindLabels(at: usize): i32 {
  for (let labels = 0; labels < MOST_TAGS; labels++) {
    if (captureEnd - at < MPLS_LABEL) return REASON_LINK_HEADER_TRUNCATED
    const bottom = load<u8>(at + 2) & 1
    at += MPLS_LABEL
    if (bottom) return findIpByNibble(at)
  }
  return REASON_LINK_TAGS_TOO_MANY
}
