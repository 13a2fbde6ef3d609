import { FRAME_ENTRY_BYTES, FRAME_INDEX, FRAME_SLOTS, FRAMES, FRAMES_BYTES } from '../memory'
import { watches, watchOfPacket } from './watch'

/**
 * The most recent frames on the server ports, so that an alert can show its flow's packets. Their bytes lie one after
 * another in FRAMES and wrap around; FRAME_INDEX has an entry for each of the last FRAME_SLOTS. Frames have numbers,
 * bytes have positions: both count on from the reset, modulo 2^32.
 *
 * Entry, FRAME_ENTRY_BYTES each, little-endian, all zero before its first frame:
 */
export const FRAME_TIME: i32 = 0 // f64, microseconds since 1970
export const FRAME_POSITION: i32 = 8 // u32
export const FRAME_OFFSET: i32 = 12 // u32, from FRAMES
export const FRAME_KEPT: i32 = 16 // u32, bytes
export const FRAME_ORIGINAL: i32 = 20 // u32, bytes on the wire
export const FRAME_LINK_TYPE: i32 = 24 // i32
export const FRAME_WATCH: i32 = 28 // u32, the watch that the frame belongs to; 0: none

/** Frames are copied in steps, so up to 15 bytes behind each are read and written. */
const STEP: u32 = 16
const RING: u32 = FRAMES_BYTES - 16
/** A larger frame is cut. */
export const MOST_KEPT: i32 = 65536

/** Most bytes kept of a frame; 0: none are kept. */
export let keptBytes: i32 = 0
let frames: u32 = 0
let position: u32 = 0
let offset: u32 = 0

/** @param most bytes kept of each frame, at most MOST_KEPT; 0: keep none */
export function keepFrames(most: i32): void {
  keptBytes = min(most, MOST_KEPT)
  clearFrames()
}

export function clearFrames(): void {
  frames = 0
  position = 0
  offset = 0
  memory.fill(FRAME_INDEX, 0, <usize>(FRAME_SLOTS * FRAME_ENTRY_BYTES))
}

/** The next frame's number. */
export function frameCount(): u32 {
  return frames
}

export function frameEntry(number: u32): usize {
  return FRAME_INDEX + <usize>((number & (FRAME_SLOTS - 1)) * FRAME_ENTRY_BYTES)
}

/** True while the bytes of an entry's frame have not been overwritten. */
export function isHeld(entry: usize): bool {
  return position - load<u32>(entry, FRAME_POSITION) <= RING - STEP
}

/** Keeps the decoded packet's frame. */
export function keepFrame(linkType: i32, at: usize, length: i32, original: i32, time: f64): void {
  const kept = <u32>min(length, keptBytes)
  if (offset + kept > RING) {
    position += RING - offset
    offset = 0
  }
  const entry = frameEntry(frames)
  store<f64>(entry, time, FRAME_TIME)
  store<u32>(entry, position, FRAME_POSITION)
  store<u32>(entry, offset, FRAME_OFFSET)
  store<u32>(entry, kept, FRAME_KEPT)
  store<u32>(entry, original, FRAME_ORIGINAL)
  store<i32>(entry, linkType, FRAME_LINK_TYPE)
  store<u32>(entry, watches == 0 ? 0 : watchOfPacket(), FRAME_WATCH)
  copy(FRAMES + <usize>offset, at, <usize>kept)
  position += kept
  offset += kept
  frames++
}

function copy(to: usize, from: usize, length: usize): void {
  const end = from + length
  while (from < end) {
    if (ASC_FEATURE_SIMD) v128.store(to, v128.load(from))
    else {
      store<u64>(to, load<u64>(from))
      store<u64>(to, load<u64>(from, 8), 8)
    }
    from += <usize>STEP
    to += <usize>STEP
  }
}
