import { COUNTER_MEMO_HITS, COUNTER_MEMO_MISSES, count } from '../counters'
import { MEMO, MEMO_ENTRIES, MEMO_ENTRY_BYTES } from '../memory'
import { forward, inputOf } from './forward'
import { networkOf, THRESHOLD } from './network'

/**
 * Loss of a stream, through a direct-mapped memo of recent patterns. The memo is exact: its key is all that the loss
 * depends on (context and masked bytes). Entry: u64 masked bytes, u32 loss, u32 context + 1 (0: empty).
 */
let memoEnabled: bool = true

export function enableMemo(enabled: bool): void {
  memoEnabled = enabled
}

/** Must be called whenever a network changes. */
export function clearMemo(): void {
  memory.fill(MEMO, 0, <usize>(MEMO_ENTRIES * MEMO_ENTRY_BYTES))
}

/** Loss units of the eight bytes at `at` in a context. */
export function lossOf(context: i32, at: usize): u32 {
  const bytes = inputOf(context, at)
  if (!memoEnabled) return forward(context, bytes)
  const hash = (bytes + <u64>context) * 0x9e3779b97f4a7c15
  const entry = MEMO + <usize>(hash >> 51) * MEMO_ENTRY_BYTES
  if (load<u64>(entry) == bytes && load<u32>(entry, 12) == <u32>context + 1) {
    count(COUNTER_MEMO_HITS)
    return load<u32>(entry, 8)
  }
  count(COUNTER_MEMO_MISSES)
  const loss = forward(context, bytes)
  store<u64>(entry, bytes)
  store<u32>(entry, loss, 8)
  store<u32>(entry, <u32>context + 1, 12)
  return loss
}

export function thresholdOf(context: i32): u32 {
  return load<u32>(networkOf(context) + THRESHOLD)
}

/**
 * Which of two contexts fits the eight bytes at `at` better: the one with the lower ratio of loss to threshold,
 * since contexts weigh their losses differently.
 */
export function betterContext(one: i32, other: i32, at: usize): i32 {
  const oneRatio = <u64>lossOf(one, at) * <u64>max<u32>(thresholdOf(other), 1)
  const otherRatio = <u64>lossOf(other, at) * <u64>max<u32>(thresholdOf(one), 1)
  return oneRatio <= otherRatio ? one : other
}
