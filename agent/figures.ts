/** Every number in a report by its dotted name, such as `kernel.packets`. */
export function figuresOf(report: object, prefix = ''): Map<string, number> {
  const figures = new Map<string, number>()
  for (const [name, value] of Object.entries(report)) {
    if (typeof value === 'number') figures.set(prefix + name, value)
    else if (typeof value === 'object' && value !== null) {
      for (const [path, figure] of figuresOf(value, `${prefix}${name}.`)) figures.set(path, figure)
    }
  }
  return figures
}

/** Counts of several, by key. */
export function sumOf(counts: readonly (ReadonlyMap<string, number> | undefined)[]): Map<string, number> {
  const sum = new Map<string, number>()
  for (const each of counts) {
    for (const [key, count] of each ?? []) sum.set(key, (sum.get(key) ?? 0) + count)
  }
  return sum
}
