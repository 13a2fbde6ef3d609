import {
  REASON_IP_EXTENSIONS_TOO_MANY,
  REASON_IP_HEADER_INVALID,
  REASON_IP_HEADER_TRUNCATED,
  REASON_LATER_FRAGMENT,
  REASON_NETWORK_PROTOCOL_UNSUPPORTED,
  REASON_NONE,
} from '../errors'
import { captureEnd, network, readU16, setAddresses, setNetwork, setTransport } from './packet'

const IPV4_HEADER: i32 = 20
const IPV6_HEADER: i32 = 40
const FRAGMENT_HEADER: i32 = 8
const MOST_EXTENSIONS: i32 = 10

const HOP_BY_HOP: i32 = 0
const ROUTING: i32 = 43
const FRAGMENT: i32 = 44
const AUTHENTICATION: i32 = 51
const DESTINATION: i32 = 60
const MOBILITY: i32 = 135
const HOST_IDENTITY: i32 = 139
const SHIM6: i32 = 140

/** An IP header at `at`, IPv4 or IPv6 as its version nibble says. Returns a REASON_. */
export function findIpByNibble(at: usize): i32 {
  if (at >= captureEnd) return REASON_IP_HEADER_TRUNCATED
  const version = <i32>load<u8>(at) >> 4
  if (version != 4 && version != 6) return REASON_NETWORK_PROTOCOL_UNSUPPORTED
  setNetwork(version, at)
  return REASON_NONE
}

/** IPv4 (RFC 791 section 3.1) at `network`, down to the transport header. Returns a REASON_. */
export function decodeIpv4(): i32 {
  const at = network
  const captured = <i32>(captureEnd - at)
  if (captured < IPV4_HEADER) return REASON_IP_HEADER_TRUNCATED
  const first = load<u8>(at)
  if (first >> 4 != 4) return REASON_IP_HEADER_INVALID
  const headerLength = (<i32>first & 15) << 2
  if (headerLength < IPV4_HEADER) return REASON_IP_HEADER_INVALID
  if (captured < headerLength) return REASON_IP_HEADER_TRUNCATED
  // Zero: segmentation offload left the field for the network card to fill in; the captured bytes are all there is.
  const stated = readU16(at + 2)
  const totalLength = stated == 0 ? captured : stated
  if (totalLength < headerLength) return REASON_IP_HEADER_INVALID

  const fragment = readU16(at + 6)
  if (fragment & 0x1fff) return REASON_LATER_FRAGMENT
  setAddresses(at + 12, at + 16)
  setTransport(<i32>load<u8>(at + 9), at + headerLength, totalLength - headerLength, (fragment & 0x2000) != 0)
  return REASON_NONE
}

/** IPv6 and its extension headers (RFC 8200 sections 3 and 4) at `network`. Returns a REASON_. */
export function decodeIpv6(): i32 {
  let at = network
  const captured = <i32>(captureEnd - at)
  if (captured < IPV6_HEADER) return REASON_IP_HEADER_TRUNCATED
  if (load<u8>(at) >> 4 != 6) return REASON_IP_HEADER_INVALID
  setAddresses(at + 8, at + 24)
  // Zero: jumbogram (RFC 2675) or segmentation offload; the captured bytes are all there is.
  const stated = readU16(at + 4)
  let length = stated == 0 ? captured - IPV6_HEADER : stated
  let next = <i32>load<u8>(at + 6)
  let fragmented = false
  at += IPV6_HEADER

  for (let extensions = 0; extensions <= MOST_EXTENSIONS; extensions++) {
    let size: i32
    switch (next) {
      case FRAGMENT: {
        if (<i32>(captureEnd - at) < FRAGMENT_HEADER) return REASON_IP_HEADER_TRUNCATED
        const fragment = readU16(at + 2)
        if (fragment & 0xfff8) return REASON_LATER_FRAGMENT
        fragmented = (fragment & 1) != 0
        size = FRAGMENT_HEADER
        break
      }
      case HOP_BY_HOP:
      case ROUTING:
      case DESTINATION:
      case MOBILITY:
      case HOST_IDENTITY:
      case SHIM6: {
        if (<i32>(captureEnd - at) < 8) return REASON_IP_HEADER_TRUNCATED
        size = (<i32>load<u8>(at + 1) + 1) << 3
        break
      }
      case AUTHENTICATION: {
        if (<i32>(captureEnd - at) < 8) return REASON_IP_HEADER_TRUNCATED
        size = (<i32>load<u8>(at + 1) + 2) << 2 // RFC 4302 section 2.2: in 4-byte units, minus 2
        break
      }
      default:
        setTransport(next, at, length, fragmented)
        return REASON_NONE
    }
    if (size > length) return REASON_IP_HEADER_INVALID
    if (<i32>(captureEnd - at) < size) return REASON_IP_HEADER_TRUNCATED
    next = <i32>load<u8>(at)
    at += size
    length -= size
  }
  return REASON_IP_EXTENSIONS_TOO_MANY
}
