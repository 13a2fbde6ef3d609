import { forward, forwardSome, inputOf } from './forward'
import { networkOf, PENDING_ADDRESSES, PENDING_COUNT, PENDING_LOSSES, pendingOf, THRESHOLD } from './layout'
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

/** Loss units (u32 each, at `losses`) of `patternCount` patterns of eight bytes, one after another at `patterns`. */
export function lossesOf(context: i32, patterns: usize, patternCount: i32, losses: usize): void {
  for (const end = patterns + ((<usize>patternCount) << 3); patterns < end; patterns += 8, losses += 4) {
    findLoss(context, inputOf(context, patterns), losses)
  }
  findPending(context)
}

/**
 * Puts the loss of a pattern (masked bytes) at `address`: at once when the memo has it, else when there are four of
 * its context to work out together, at the latest with findPending().
 */
// inline
export function findLoss(context: i32, bytes: u64, address: usize): void {
  const entry = memoEntry(context, bytes)
  if (isMemoHit(entry, context, bytes)) store<u32>(address, memoLoss(entry))
  else addPending(context, bytes, address)
}

function addPending(context: i32, bytes: u64, address: usize): void {
  const pending = pendingOf(context)
  const count = load<u32>(pending, PENDING_COUNT)
  store<u64>(pending + ((<usize>count) << 3), bytes)
  store<u32>(pending + ((<usize>count) << 2), <u32>address, PENDING_ADDRESSES)
  store<u32>(pending, count + 1, PENDING_COUNT)
  if (count == 3) findPending(context)
}

/** Works out the losses of this context that are still pending. */
export function findPending(context: i32): void {
  const pending = pendingOf(context)
  const count = <usize>load<u32>(pending, PENDING_COUNT)
  store<u32>(pending, 0, PENDING_COUNT)
  forwardSome(context, pending, count, pending + PENDING_LOSSES)
  for (let i: usize = 0; i < count; i++) {
    const bytes = load<u64>(pending + (i << 3))
    const loss = load<u32>(pending + (i << 2), PENDING_LOSSES)
    store<u32>(load<u32>(pending + (i << 2), PENDING_ADDRESSES), loss)
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
