import { COUNTER_MEMO_HITS, COUNTER_MEMO_MISSES, count } from '../counters'
import { MEMO, MEMO_ENTRIES, MEMO_ENTRY_BYTES } from '../memory'

/**
 * A direct-mapped memo of recent patterns' losses. It is exact: its key is all that a loss depends on, the context and
 * the masked bytes. Entry: u64 masked bytes, u32 loss, u32 context + 1 (0: empty).
 */
let enabled: bool = true

export function enableMemo(on: bool): void {
  enabled = on
}

/** Must be called whenever a network changes. */
export function clearMemo(): void {
  memory.fill(MEMO, 0, <usize>(MEMO_ENTRIES * MEMO_ENTRY_BYTES))
}

/** Where a pattern's loss is kept. 0: there is no memo. */
export function memoEntry(context: i32, bytes: u64): usize {
  if (!enabled) return 0
  const hash = (bytes + <u64>context) * 0x9e3779b97f4a7c15
  return MEMO + <usize>(hash >> 51) * MEMO_ENTRY_BYTES
}

/** Whether the entry holds this pattern's loss. Counts. */
export function isMemoHit(entry: usize, context: i32, bytes: u64): bool {
  if (!entry) return false
  const hit = load<u64>(entry) == bytes && load<u32>(entry, 12) == <u32>context + 1
  count(hit ? COUNTER_MEMO_HITS : COUNTER_MEMO_MISSES)
  return hit
}

export function memoLoss(entry: usize): u32 {
  return load<u32>(entry, 8)
}

export function keepLoss(entry: usize, context: i32, bytes: u64, loss: u32): void {
  if (!entry) return
  store<u64>(entry, bytes)
  store<u32>(entry, loss, 8)
  store<u32>(entry, <u32>context + 1, 12)
}
