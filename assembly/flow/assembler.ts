/**
 * One direction of a TCP connection: the first eight bytes of the stream, then of each length-prefixed DNS message
 * in it (RFC 1035 4.2.2, RFC 7766), gathered by sequence number from the initial one plus 1.
 *
 * Segments may come split, repeated, overlapping and in any order; of bytes sent twice the first received counts.
 * The state is 32 bytes and never grows: besides the eight bytes only the highest sequence number is kept. Where the
 * next message starts among bytes that were seen but not kept (out of order), following stops and is counted as a gap;
 * the stream's own first eight bytes never suffer from that.
 *
 * Direction:
 */
const START: usize = 0 // u32, sequence number of the stream's first byte
const BASE: usize = 4 // u32, of the current message's first byte
const HIGHEST: usize = 8 // u32, highest sequence number seen, plus 1
const FINISH: usize = 12 // u32, sequence number of the FIN
const BYTES: usize = 16 // the current message's first eight bytes
const MESSAGE: usize = 24 // u32, index of the current message
const HELD: usize = 28 // u8, one bit a byte of BYTES, bit 0 the first
const STATE: usize = 29 // u8
const FINISHED: usize = 30 // u8, 1 when FINISH is set

/** No SYN seen and no payload yet. */
export const STATE_UNKNOWN: u8 = 0
/** No SYN seen, but payload: not scored. */
export const STATE_MIDSTREAM: u8 = 1
/** Waiting for the current message's first eight bytes. */
export const STATE_GATHERING: u8 = 2
/** Reported and no longer followed. */
export const STATE_DONE: u8 = 3

/** What became of a direction that ended while gathering. */
export const ENDED_EMPTY: i32 = 0
export const ENDED_SHORT: i32 = 1
export const ENDED_INCOMPLETE: i32 = 2

/** A DNS header (RFC 1035 4.1.1); a shorter message cannot be DNS and its length prefix is not worth following. */
const SHORTEST_MESSAGE: i32 = 12
/** How far the stream may run ahead of a hole in a message's first eight bytes before it counts as lost. */
const REORDER_WINDOW: i32 = 262144

export function stateOf(direction: usize): u8 {
  return load<u8>(direction, STATE)
}

export function setState(direction: usize, state: u8): void {
  store<u8>(direction, state, STATE)
}

/** Starts a stream whose first byte has this sequence number. */
export function openDirection(direction: usize, start: u32): void {
  memory.fill(direction, 0, 32)
  store<u32>(direction, start, START)
  store<u32>(direction, start, BASE)
  store<u32>(direction, start, HIGHEST)
  setState(direction, STATE_GATHERING)
}

export function startOf(direction: usize): u32 {
  return load<u32>(direction, START)
}

/** Address of the current message's first eight bytes. */
export function bytesOf(direction: usize): usize {
  return direction + BYTES
}

/** Index of the current message, from 0. */
export function messageOf(direction: usize): u32 {
  return load<u32>(direction, MESSAGE)
}

/** How many of the current message's bytes are held without a hole before them, 0 to 8. */
export function heldInOrder(direction: usize): i32 {
  return ctz<i32>(~(<i32>load<u8>(direction, HELD)))
}

export function isComplete(direction: usize): bool {
  return load<u8>(direction, HELD) == 0xff
}

/** Takes what the segment holds of the current message's first eight bytes. */
export function gather(direction: usize, sequence: u32, payload: usize, captured: i32): void {
  const offset = <i32>(sequence - load<u32>(direction, BASE))
  // Also false for offsets near the 32-bit wrap: such a segment is not of this window.
  if (offset >= 8 || offset <= -0x40000000) return
  let held = load<u8>(direction, HELD)
  const end = min(8, offset + captured)
  for (let i = max(offset, 0); i < end; i++) {
    const bit = (<u8>1) << (<u8>i)
    if (held & bit) continue
    store<u8>(direction + <usize>i, load<u8>(payload + <usize>(i - offset)), BYTES)
    held |= bit
  }
  store<u8>(direction, held, HELD)
}

/** Notes how far the stream has been seen. Call once a segment, after the messages in it were followed. */
export function noteEnd(direction: usize, end: u32): void {
  if (<i32>(end - load<u32>(direction, HIGHEST)) > 0) store<u32>(direction, end, HIGHEST)
}

/** True when the stream has run so far ahead of a missing byte of a later message that the byte must be lost. */
export function isLost(direction: usize): bool {
  return (
    messageOf(direction) > 0 &&
    <i32>(load<u32>(direction, HIGHEST) - load<u32>(direction, BASE)) > REORDER_WINDOW
  )
}

export function noteFinish(direction: usize, sequence: u32): void {
  store<u32>(direction, sequence, FINISH)
  store<u8>(direction, 1, FINISHED)
}

/** True when the stream's end is known and all bytes before it are held, but fewer than eight (and at least one). */
export function isShort(direction: usize): bool {
  if (!load<u8>(direction, FINISHED)) return false
  const length = <i32>(load<u32>(direction, FINISH) - load<u32>(direction, BASE))
  return length > 0 && length < 8 && heldInOrder(direction) >= length
}

export const FOLLOWING: i32 = 0
export const UNFOLLOWABLE: i32 = 1
export const GAP: i32 = 2

/**
 * Moves on to the next message by the current one's length prefix and gathers what the same segment holds of it.
 * @returns FOLLOWING; UNFOLLOWABLE when the prefix cannot hold a DNS header; GAP when bytes of the next message's first
 *   eight were seen in an earlier segment and are gone
 */
export function advance(direction: usize, sequence: u32, payload: usize, captured: i32): i32 {
  const length = <i32>bswap<u16>(load<u16>(direction, BYTES))
  if (length < SHORTEST_MESSAGE) return UNFOLLOWABLE
  const next = load<u32>(direction, BASE) + 2 + <u32>length
  const seenBefore = <i32>(load<u32>(direction, HIGHEST) - next)
  if (seenBefore > 0) {
    // Bytes next .. next + seen were in earlier segments; this segment must hold them too.
    const first = <i32>(sequence - next)
    if (first > 0 || first + captured < min(seenBefore, 8)) return GAP
  }
  store<u32>(direction, next, BASE)
  store<u8>(direction, 0, HELD)
  store<u64>(direction, 0, BYTES)
  store<u32>(direction, messageOf(direction) + 1, MESSAGE)
  gather(direction, sequence, payload, captured)
  return FOLLOWING
}

/** What became of a gathering direction that ends here. Bytes seen behind those held, but not captured, are a hole, too. */
export function endingOf(direction: usize): i32 {
  const sent = <i32>(load<u32>(direction, HIGHEST) - load<u32>(direction, BASE))
  if (sent > heldInOrder(direction)) return ENDED_INCOMPLETE
  return sent > 0 ? ENDED_SHORT : ENDED_EMPTY
}
