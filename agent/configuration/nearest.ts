/** The candidate that `word` was most likely meant to be, or undefined when none is near. Case does not count. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 64) return undefined
  const allowed = Math.min(3, Math.max(1, Math.floor(word.length / 4)))
  let best: string | undefined
  let bestDistance = allowed + 1
  for (const candidate of candidates) {
    // A word that is only the start of a longer name (`password` of `passwordFile`) is near as well.
    const start = word.length < 4 ? candidate : candidate.slice(0, word.length + 1)
    const distance = Math.min(
      editDistance(word.toLowerCase(), candidate.toLowerCase()),
      editDistance(word.toLowerCase(), start.toLowerCase()),
    )
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Levenshtein distance: how many single-character insertions, deletions and replacements lead from a to b. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
