import { REASON_NONE, REASON_TCP_HEADER_INVALID, REASON_TCP_HEADER_TRUNCATED } from '../errors'
import {
  captureEnd,
  readU16,
  readU32,
  setPayload,
  setPorts,
  setTcp,
  transport,
  transportLength,
} from './packet'

const HEADER: i32 = 20
/** Only segmentation offload makes longer ones; more of them is left out as if it had not been captured. */
const MOST_PAYLOAD: i32 = 65535
export const TCP_FIN: i32 = 1
export const TCP_SYN: i32 = 2
export const TCP_RST: i32 = 4
export const TCP_ACK: i32 = 16

/** TCP (RFC 9293 section 3.1). Returns a REASON_. */
// inline
export function decodeTcp(): i32 {
  const captured = <i32>(captureEnd - transport)
  if (captured < HEADER || transportLength < HEADER) return REASON_TCP_HEADER_TRUNCATED
  const headerLength = (<i32>load<u8>(transport + 12) >> 4) << 2
  if (headerLength < HEADER || headerLength > transportLength) return REASON_TCP_HEADER_INVALID
  setPorts(readU16(transport), readU16(transport + 2))
  setTcp(readU32(transport + 4), readU32(transport + 8), <i32>load<u8>(transport + 13))
  // Options may have been cut off by the snaplen; then no payload was captured either.
  const available = min(max(min(captured, transportLength) - headerLength, 0), MOST_PAYLOAD)
  setPayload(transport + headerLength, available, transportLength - headerLength)
  return REASON_NONE
}
