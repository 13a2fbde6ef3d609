import { FirsteightError } from '../../core/errors.js'
import type { Census } from './census.js'

/** A census and the file that it is or was made of. */
export interface NamedCensus {
  census: Census
  name: string
  /** Lower-case hex. */
  sha256: string
}

/**
 * Refuses data that is said to be clean and said to be an attack. A pattern alone is no contradiction: some protocols
 * share DNS's header.
 * @throws FirsteightError TRAINING_DATA when both are one file, count the same capture, or have a row in common
 */
export function refuseContradictions(clean: NamedCensus, attack: NamedCensus): void {
  if (clean.sha256 === attack.sha256) {
    throw contradiction(attack, `the same file as ${clean.name}, which is given as clean`)
  }
  const captures = new Map(clean.census.captures.map(({ sha256, name }) => [sha256, name]))
  const capture = attack.census.captures.find(({ sha256 }) => captures.has(sha256))
  if (capture) {
    throw contradiction(
      attack,
      `capture ${capture.name} is the same as ${captures.get(capture.sha256)} in ${clean.name}, which is given as clean`,
    )
  }
  const rows = new Set(clean.census.rows.map(rowText))
  const row = attack.census.rows.find((one) => rows.has(rowText(one)))
  if (row) throw contradiction(attack, `row "${rowText(row)}" stands in ${clean.name}, too, as clean`)
}

function rowText({ context, program, pattern }: Census['rows'][number]): string {
  return `${context} ${program} ${pattern}`
}

function contradiction({ name }: NamedCensus, what: string): FirsteightError {
  return new FirsteightError('TRAINING_DATA', `${name}: contradictory: ${what}`, {
    hint: 'Each capture is either clean or an attack; give it as one of the two.',
    details: { file: name },
  })
}
