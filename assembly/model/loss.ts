import { forward, forwardFour, inputOf } from './forward'
import { networkOf, PENDING, THRESHOLD } from './layout'
import { isMemoHit, keepLoss, memoEntry, memoLoss } from './memo'

/** Loss units of the eight bytes at `at` in a context. */
export function lossOf(context: i32, at: usize): u32 {
  const bytes = inputOf(context, at)
  const entry = memoEntry(context, bytes)
  if (isMemoHit(entry, context, bytes)) return memoLoss(entry)
  const loss = forward(context, bytes)
  keepLoss(entry, context, bytes, loss)
  return loss
}

const PENDING_LOSSES: usize = PENDING + 32
const PENDING_ADDRESSES: usize = PENDING + 48

/** Loss units (u32 each, at `losses`) of `patternCount` patterns of eight bytes, one after another at `patterns`. */
export function lossesOf(context: i32, patterns: usize, patternCount: i32, losses: usize): void {
  let pending: usize = 0
  for (const end = patterns + ((<usize>patternCount) << 3); patterns < end; patterns += 8, losses += 4) {
    const bytes = inputOf(context, patterns)
    const entry = memoEntry(context, bytes)
    if (isMemoHit(entry, context, bytes)) {
      store<u32>(losses, memoLoss(entry))
      continue
    }
    store<u64>(PENDING + (pending << 3), bytes)
    store<u32>(PENDING_ADDRESSES + (pending << 2), <u32>losses)
    if (++pending == 4) {
      forwardFour(context, PENDING, PENDING_LOSSES)
      handOut(context, 4)
      pending = 0
    }
  }
  for (let i: usize = 0; i < pending; i++) {
    store<u32>(PENDING_LOSSES + (i << 2), forward(context, load<u64>(PENDING + (i << 3))))
  }
  handOut(context, pending)
}

/** Stores and remembers the losses that were pending. */
function handOut(context: i32, pending: usize): void {
  for (let i: usize = 0; i < pending; i++) {
    const bytes = load<u64>(PENDING + (i << 3))
    const loss = load<u32>(PENDING_LOSSES + (i << 2))
    store<u32>(load<u32>(PENDING_ADDRESSES + (i << 2)), loss)
    keepLoss(memoEntry(context, bytes), context, bytes, loss)
  }
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
