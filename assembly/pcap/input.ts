import { FAULT_NONE } from '../errors'
import { INPUT, INPUT_BYTES } from '../memory'

/**
 * The bytes of a capture stream: the caller appends chunks behind what the last walk left, and each walk moves the rest
 * (an incomplete record, at most MOST_RECORD bytes) back to the start.
 */

/** Longest record or block that is held whole: a 262,144-byte packet (libpcap's MAXIMUM_SNAPLEN) and its headers. */
export const MOST_PACKET: u32 = 262144
export const MOST_RECORD: u32 = MOST_PACKET + 4096

/** First unread byte and first byte behind the valid ones. */
export let position: usize = INPUT
export let limit: usize = INPUT
/** Bytes of a long, uninteresting block still to be skipped. */
let skipping: u32 = 0
/** Bytes of the stream before INPUT's start. */
let before: u64 = 0
let fault: i32 = FAULT_NONE
let faultAt: u64 = 0

export function beginInput(): void {
  position = INPUT
  limit = INPUT
  skipping = 0
  before = 0
  fault = FAULT_NONE
  faultAt = 0
}

export function inputSpace(): usize {
  return limit
}

/** Free bytes at inputSpace(); after a walk that was not stopped early at least INPUT_BYTES - MOST_RECORD. */
export function inputSpaceLength(): i32 {
  return <i32>(INPUT + INPUT_BYTES - limit)
}

/** Appends the bytes that the caller wrote at inputSpace(). */
export function addInput(length: i32): void {
  limit += <usize>length
  skipMore()
}

export function available(): u32 {
  return <u32>(limit - position)
}

export function consume(length: u32): void {
  position += <usize>length
}

/** Passes over `length` bytes, which may reach beyond those at hand. */
export function skip(length: u32): void {
  skipping = length
  skipMore()
}

function skipMore(): void {
  const now = min(skipping, available())
  position += <usize>now
  skipping -= now
}

export function isSkipping(): bool {
  return skipping != 0
}

/** Moves what is left to the start of INPUT. */
export function compact(): void {
  const rest = limit - position
  before += <u64>(position - INPUT)
  if (position != INPUT) memory.copy(INPUT, position, rest)
  position = INPUT
  limit = INPUT + rest
}

/** Offset in the stream of the first unread byte. */
export function streamOffset(): u64 {
  return before + <u64>(position - INPUT)
}

export function setFault(code: i32, offset: u64): void {
  fault = code
  faultAt = offset
}

/** FAULT_ number of a stream that cannot be walked further. */
export function inputFault(): i32 {
  return fault
}

export function inputFaultOffset(): f64 {
  return <f64>faultAt
}

/** Bytes of an unfinished record (or of a block being skipped). */
export function inputRest(): i32 {
  return <i32>available() + <i32>(skipping != 0)
}

export function inputOffset(): f64 {
  return <f64>streamOffset()
}
