import { CONTEXT_NAMES, type ContextName } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import type { NamedCensus } from '../census/contradictions.js'
import { withoutTunnels } from '../census/tunnels.js'

/** A curve is asked about each label by one fitted to the others: so there must be others. */
const LEAST_LABELS = 2

/**
 * Refuses a census that no model can be calibrated with.
 * @throws FirsteightError TRAINING_DATA when a context has fewer than two labels, tunnels in well-formed DNS left out
 */
export function requireLabels({ census, name }: Pick<NamedCensus, 'census' | 'name'>): void {
  const labels = new Map<ContextName, Set<string>>(CONTEXT_NAMES.map((context) => [context, new Set()]))
  for (const { context, program } of withoutTunnels(census).rows) labels.get(context)!.add(program)
  for (const [context, { size }] of labels) {
    if (size >= LEAST_LABELS) continue
    throw new FirsteightError(
      'TRAINING_DATA',
      `${name}: ${context}: ${size} labels that are not DNS, expected at least ${LEAST_LABELS}`,
      {
        hint: 'Calibrate with labelled traffic that is not DNS, in all four contexts.',
        details: { file: name, context },
      },
    )
  }
}
