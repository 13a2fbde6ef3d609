import { CONTEXT_NAMES, type ContextName } from '../../core/contexts.js'
import { type DetectorName, isEscalated, type JudgedStream } from './judge.js'

/** Streams of one context, label and masked pattern that a detector got wrong. */
export interface ListedPattern {
  context: ContextName
  label: string
  /** Masked eight bytes, 16 hex digits. */
  pattern: string
  /** The unmasked bytes of one such stream. */
  example: string
  count: number
  captures: number
  /** One of them. */
  capture: string
  /** The model's. */
  loss: number
  threshold: number
  confidence: number | undefined
  escalated: boolean
  /** A miss whose pattern is known from clean traffic, too. */
  sameAsClean: boolean
}

/** A detector's false alarms, most frequent first. */
export function falseAlarmsOf(streams: readonly JudgedStream[], detector: DetectorName): ListedPattern[] {
  const wrong = streams.filter(
    (stream) => stream.streamClass === 'clean' && stream.flagged[detector] === true,
  )
  return list(wrong, detector, () => false)
}

/** A detector's misses: those that cannot be told from clean patterns last, else most frequent first. */
export function missesOf(
  streams: readonly JudgedStream[],
  detector: DetectorName,
  isCleanPattern: (stream: JudgedStream) => boolean,
): ListedPattern[] {
  const wrong = streams.filter(
    (stream) => stream.streamClass === 'attack' && stream.flagged[detector] === false,
  )
  return list(wrong, detector, isCleanPattern)
}

function list(
  streams: readonly JudgedStream[],
  detector: DetectorName,
  isCleanPattern: (stream: JudgedStream) => boolean,
): ListedPattern[] {
  const entries = new Map<string, ListedPattern & { seen: Set<string> }>()
  for (const stream of streams) {
    const { context, label, capture, count, firstEight, score } = stream
    const key = `${context} ${score.pattern} ${label}`
    let entry = entries.get(key)
    if (entry === undefined) {
      const { pattern, loss, threshold, confidence } = score
      entry = {
        context,
        label,
        pattern,
        example: firstEight,
        count: 0,
        captures: 0,
        capture,
        loss,
        threshold,
        confidence,
        escalated: isEscalated(detector, stream),
        sameAsClean: isCleanPattern(stream),
        seen: new Set(),
      }
      entries.set(key, entry)
    }
    entry.count += count
    entry.seen.add(capture)
  }
  return [...entries.values()]
    .map(({ seen, ...entry }) => ({ ...entry, captures: seen.size }))
    .sort(
      (a, b) =>
        Number(a.sameAsClean) - Number(b.sameAsClean) ||
        b.count - a.count ||
        CONTEXT_NAMES.indexOf(a.context) - CONTEXT_NAMES.indexOf(b.context) ||
        (a.pattern < b.pattern ? -1 : 1),
    )
}
