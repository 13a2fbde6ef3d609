/** Figures by key. */
export type Counts = ReadonlyMap<string, number>

/**
 * Counters since the agent's start, made of counters that may begin anew, as the kernel's do with a new model. They
 * come in groups that begin anew together. What a group counted between the last look and its new beginning is lost,
 * so look before it.
 */
export class Totals {
  readonly #last = new Map<string, { epoch: string; counts: Counts }>()
  readonly #totals = new Map<string, number>()

  get values(): Counts {
    return this.#totals
  }

  /**
   * @param counts of the group, since it began
   * @param epoch another one than at the last look: the group has begun anew; so it has where any count went back
   */
  observe(group: string, counts: Counts, epoch = ''): void {
    const last = this.#last.get(group)
    const wentBack =
      last !== undefined && [...last.counts].some(([key, count]) => (counts.get(key) ?? 0) < count)
    const from =
      last === undefined || last.epoch !== epoch || wentBack ? new Map<string, number>() : last.counts
    for (const [key, count] of counts) {
      this.#totals.set(key, (this.#totals.get(key) ?? 0) + count - (from.get(key) ?? 0))
    }
    this.#last.set(group, { epoch, counts: new Map(counts) })
  }
}

/** What was counted from one copy of totals to a later one. */
export function difference(earlier: Counts, later: Counts): Map<string, number> {
  return new Map([...later].map(([key, count]) => [key, count - (earlier.get(key) ?? 0)]))
}
