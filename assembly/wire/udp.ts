import { REASON_NONE, REASON_UDP_HEADER_TRUNCATED, REASON_UDP_LENGTH_INVALID } from '../errors'
import {
  captureEnd,
  moreFragments,
  readU16,
  setPayload,
  setPorts,
  transport,
  transportLength,
} from './packet'

const HEADER: i32 = 8

/**
 * UDP (RFC 768). The length field must cover the header and stay within what IP carried, except in the first
 * fragment, where it speaks of the whole datagram. Returns a REASON_.
 */
// inline
export function decodeUdp(): i32 {
  const captured = <i32>(captureEnd - transport)
  if (captured < HEADER || transportLength < HEADER) return REASON_UDP_HEADER_TRUNCATED
  const length = readU16(transport + 4)
  if (length < HEADER) return REASON_UDP_LENGTH_INVALID
  if (length > transportLength && !moreFragments) return REASON_UDP_LENGTH_INVALID
  setPorts(readU16(transport), readU16(transport + 2))
  const available = min(captured, min(length, transportLength)) - HEADER
  setPayload(transport + HEADER, available, length - HEADER)
  return REASON_NONE
}
