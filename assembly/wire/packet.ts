/**
 * The packet being decoded. Each protocol's file checks its own header once and sets its fields here;
 * after decodePacket returned REASON_NONE all of them may be read freely.
 */

export const PROTOCOL_TCP: i32 = 6
export const PROTOCOL_UDP: i32 = 17

/** The frame: its LINKTYPE_ number, first captured byte, and how many were captured. */
export let linkType: i32 = 0
export let frame: usize = 0
export let frameLength: i32 = 0
/** First byte behind the captured bytes. */
export let captureEnd: usize = 0

/** 802.1Q tags, outermost first; only the first two ids are kept. */
export let vlanCount: i32 = 0
export let vlanOuter: i32 = 0
export let vlanInner: i32 = 0

/** First byte of the IP header. */
export let network: usize = 0
/** 4 or 6. */
export let ipVersion: i32 = 0
/** Addresses of 4 or 16 bytes, network byte order. */
export let sourceAddress: usize = 0
export let destinationAddress: usize = 0
/** IP protocol number behind the extension headers. */
export let protocol: i32 = 0
/** First fragment of a fragmented datagram. */
export let moreFragments: bool = false
/** First byte of the transport header. */
export let transport: usize = 0
/** Transport bytes on the wire as the IP header states them; those captured may be fewer. */
export let transportLength: i32 = 0

export let sourcePort: i32 = 0
export let destinationPort: i32 = 0
/** First payload byte, how many were captured, and how many there were on the wire. */
export let payload: usize = 0
export let payloadCaptured: i32 = 0
export let payloadLength: i32 = 0

export let tcpSequence: u32 = 0
export let tcpAcknowledgement: u32 = 0
export let tcpFlags: i32 = 0

export function beginPacket(type: i32, at: usize, length: i32): void {
  linkType = type
  frame = at
  frameLength = length
  captureEnd = at + length
  vlanCount = 0
  vlanOuter = 0
  vlanInner = 0
  moreFragments = false
}

export function addVlan(id: i32): void {
  if (vlanCount == 0) vlanOuter = id
  else if (vlanCount == 1) vlanInner = id
  vlanCount++
}

export function setNetwork(version: i32, at: usize): void {
  ipVersion = version
  network = at
}

export function setAddresses(source: usize, destination: usize): void {
  sourceAddress = source
  destinationAddress = destination
}

export function setTransport(protocolNumber: i32, address: usize, length: i32, fragmented: bool): void {
  protocol = protocolNumber
  transport = address
  transportLength = length
  moreFragments = fragmented
}

export function setPorts(source: i32, destination: i32): void {
  sourcePort = source
  destinationPort = destination
}

export function setPayload(address: usize, captured: i32, length: i32): void {
  payload = address
  payloadCaptured = captured
  payloadLength = length
}

export function setTcp(sequence: u32, acknowledgement: u32, flags: i32): void {
  tcpSequence = sequence
  tcpAcknowledgement = acknowledgement
  tcpFlags = flags
}

export function readU16(address: usize): i32 {
  return <i32>bswap<u16>(load<u16>(address))
}

export function readU32(address: usize): u32 {
  return bswap<u32>(load<u32>(address))
}
