import { CALIBRATION_LIMIT } from '../../core/calibration-rules.js'

/** A clean loss and how often it came. */
export interface LossPoint {
  loss: number
  /** Patterns, each once for every program that sent it. */
  patterns: number
  streams: number
}

/** Losses as a calibration holds them: three lists of one length, losses ascending, each once. */
export interface LossTable {
  losses: number[]
  patterns: number[]
  streams: number[]
}

/**
 * Counts equal losses together. Where there are more different ones than a model file holds, neighbours are counted
 * at the higher loss: p-values then are a little too high, never too low.
 * @param points at least one
 */
export function tabulate(points: readonly LossPoint[], limit = CALIBRATION_LIMIT): LossTable {
  const byLoss = new Map<number, LossPoint>()
  for (const { loss, patterns, streams } of points) {
    const entry = byLoss.get(loss) ?? { loss, patterns: 0, streams: 0 }
    entry.patterns += patterns
    entry.streams += streams
    byLoss.set(loss, entry)
  }
  let entries = [...byLoss.values()].sort((a, b) => a.loss - b.loss)
  while (entries.length > limit) entries = pairUp(entries, entries.length - limit)
  return {
    losses: entries.map(({ loss }) => loss),
    patterns: entries.map(({ patterns }) => patterns),
    streams: entries.map(({ streams }) => streams),
  }
}

/** Joins up to `pairs` pairs of neighbours, from the lowest losses on: the high ones decide. */
function pairUp(entries: readonly LossPoint[], pairs: number): LossPoint[] {
  const joined: LossPoint[] = []
  let index = 0
  for (; index + 1 < entries.length && joined.length < pairs; index += 2) {
    const [low, high] = [entries[index]!, entries[index + 1]!]
    joined.push({
      loss: high.loss,
      patterns: low.patterns + high.patterns,
      streams: low.streams + high.streams,
    })
  }
  return [...joined, ...entries.slice(index)]
}
