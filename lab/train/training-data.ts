import { CONTEXT_NAMES, type ContextName } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import type { Census } from '../census/census.js'

/** Fewer streams than this do not show what is usual in a context. */
export const MINIMUM_STREAMS = 100

/** Most patterns of a context: the training kernel holds twice as many, half of them held out. */
const PATTERN_LIMIT = 32768

/** One pattern, the programs that sent it, and how often each did. */
export interface TrainingPattern {
  /** Eight bytes; bits outside the mask are 0. */
  bytes: Uint8Array
  counts: ReadonlyMap<string, number>
}

/** What one context's network learns from. */
export interface ContextData {
  context: ContextName
  inputMask: Uint8Array
  /** Names in order. */
  programs: string[]
  /** In order of their bytes. */
  patterns: TrainingPattern[]
  streams: number
}

/**
 * Joins censuses by context.
 * @param names of their files, for messages
 * @throws FirsteightError TRAINING_DATA as joinContext does; all four contexts are needed, because the kernel scores
 *   all four
 */
export function joinCensuses(censuses: readonly Census[], names: readonly string[] = []): ContextData[] {
  return CONTEXT_NAMES.map((context) => joinContext(context, censuses, names))
}

/** Files named in a message; of more only the number. */
const NAMES_SHOWN = 3

/**
 * Joins what censuses hold of one context. A bit is kept only where every census that knows the context keeps it.
 * @param names of their files, for messages
 * @throws FirsteightError TRAINING_DATA when there are too few streams or too many patterns
 */
export function joinContext(
  context: ContextName,
  censuses: readonly Census[],
  names: readonly string[] = [],
): ContextData {
  const inputMask = new Uint8Array(8).fill(255)
  for (const census of censuses) {
    census.masks.get(context)?.forEach((byte, index) => {
      inputMask[index]! &= byte
    })
  }
  const byPattern = new Map<string, Map<string, number>>()
  const programs = new Set<string>()
  let streams = 0
  for (const census of censuses) {
    for (const row of census.rows) {
      if (row.context !== context) continue
      const bytes = Buffer.from(row.pattern, 'hex').map((byte, index) => byte & inputMask[index]!)
      const pattern = Buffer.from(bytes).toString('hex')
      const counts = byPattern.get(pattern) ?? new Map<string, number>()
      counts.set(row.program, (counts.get(row.program) ?? 0) + row.count)
      byPattern.set(pattern, counts)
      programs.add(row.program)
      streams += row.count
    }
  }
  const patterns = [...byPattern.keys()].sort().map((pattern) => ({
    bytes: Uint8Array.from(Buffer.from(pattern, 'hex')),
    counts: byPattern.get(pattern)!,
  }))
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : ''
  const place = names.length > 0 ? `${names.slice(0, NAMES_SHOWN).join(', ')}${more}: ` : ''
  if (streams < MINIMUM_STREAMS) {
    throw new FirsteightError(
      'TRAINING_DATA',
      `${place}${context}: ${streams} streams, expected at least ${MINIMUM_STREAMS}`,
      {
        hint: 'Capture for longer (TCP from its SYN), or add a census that covers this context.',
        details: { context, streams },
      },
    )
  }
  if (patterns.length > PATTERN_LIMIT) {
    throw new FirsteightError(
      'TRAINING_DATA',
      `${place}${context}: ${patterns.length} different patterns, expected at most ${PATTERN_LIMIT}`,
      { hint: 'The files hold more than DNS; train on clean traffic only.', details: { context } },
    )
  }
  return { context, inputMask, programs: [...programs].sort(), patterns, streams }
}
