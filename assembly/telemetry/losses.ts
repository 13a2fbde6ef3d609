import { LOSSES, LOSSES_BYTES } from '../memory'

/**
 * How the losses of each context are distributed: u64 counts, LOSS_BUCKETS for each context, at LOSSES.
 * Bucket n below 8 holds loss n; from there on each power of two is cut into eight: bucket n begins at
 * (8 + n % 8) << (n / 8 - 1) loss units, so a bucket's ends differ by an eighth at most.
 */
export const LOSS_BUCKETS: i32 = 240

export let lossesOn: bool = false

/** Begins anew. */
export function enableLosses(on: bool): void {
  lossesOn = on
  clearLosses()
}

export function clearLosses(): void {
  memory.fill(LOSSES, 0, LOSSES_BYTES)
}

export function countLoss(context: i32, loss: u32): void {
  let bucket = loss
  if (loss >= 8) {
    const shift = 28 - clz(loss)
    bucket = ((shift + 1) << 3) + ((loss >> shift) & 7)
  }
  const address = LOSSES + <usize>((<u32>(context * LOSS_BUCKETS) + bucket) << 3)
  store<u64>(address, load<u64>(address) + 1)
}
