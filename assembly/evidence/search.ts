import { REASON_NONE } from '../errors'
import { FRAME_SLOTS, FRAMES } from '../memory'
import { decodePacket } from '../wire/linktype'
import {
  FRAME_KEPT,
  FRAME_LINK_TYPE,
  FRAME_OFFSET,
  FRAME_WATCH,
  frameCount,
  frameEntry,
  isHeld,
} from './ring'
import { addWatch, watchOfPacket } from './watch'

/** Finding a watched flow's frames. Not for use while a packet is being processed: frames are decoded anew. */

/**
 * Watches the flow in PACKET: its frames in the ring, and those to come, are marked.
 * @returns the watch's id, or 0 when there is no room for another
 */
export function watchFlow(): u32 {
  const id = addWatch()
  if (id == 0) return 0
  const count = frameCount()
  for (let number = count - FRAME_SLOTS; number != count; number++) {
    const entry = frameEntry(number)
    if (!isHeld(entry)) continue
    const at = FRAMES + <usize>load<u32>(entry, FRAME_OFFSET)
    const reason = decodePacket(load<i32>(entry, FRAME_LINK_TYPE), at, load<i32>(entry, FRAME_KEPT))
    if (reason == REASON_NONE && watchOfPacket() == id) store<u32>(entry, id, FRAME_WATCH)
  }
  return id
}

/**
 * Number of the first frame from `from` on that a watch has marked; frameCount() when there is none.
 * @param from at most FRAME_SLOTS before frameCount(): older entries are gone
 */
export function nextWatched(from: u32): u32 {
  const count = frameCount()
  while (from != count && load<u32>(frameEntry(from), FRAME_WATCH) == 0) from++
  return from
}

/** Whether frame `number`, one of the last FRAME_SLOTS, can still be read. */
export function frameIsHeld(number: u32): bool {
  return isHeld(frameEntry(number))
}
