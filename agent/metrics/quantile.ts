/**
 * The loss that at least this share of the losses stays below: where the bucket ends in which it lies, so at most an
 * eighth too high.
 * @param counts of losses by bucket
 * @param ends of the buckets: KernelTelemetry.lossBucketEnds
 * @returns undefined where nothing was counted
 */
export function lossQuantile(
  counts: readonly number[],
  ends: readonly number[],
  share: number,
): number | undefined {
  const all = counts.reduce((sum, count) => sum + count, 0)
  if (all === 0) return undefined
  let seen = 0
  for (const [bucket, count] of counts.entries()) {
    seen += count
    if (seen >= share * all) return ends[bucket]
  }
  return ends.at(-1)
}
