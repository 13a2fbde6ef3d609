import type { ContextName } from '../../core/contexts.js'
import type { ModelFile } from '../../core/model-file.js'
import type { NamedCensus } from '../census/contradictions.js'
import { withoutTunnels } from '../census/tunnels.js'
import { attacksOf, type CalibrateOptions, countedLosses, thresholdFor } from './calibrate.js'
import { lossesByContext } from './census-losses.js'
import { fitConfidence } from './confidence.js'

/** What a context's threshold lets pass of labels that it was not placed by. */
export interface LabelsLeftOut {
  context: ContextName
  /** Distinct patterns by label. */
  patterns: number
  /** Those that pass a threshold placed by the other labels, by label; labels without any are absent. */
  missed: Record<string, number>
}

/**
 * Places each context's threshold once without each label, and counts how much of that label passes: what an attack
 * that nobody recorded may expect.
 * @param model trained, and calibrated or not
 */
export async function leaveLabelsOut(
  model: ModelFile,
  attack: Pick<NamedCensus, 'census' | 'name'>,
  options: Pick<CalibrateOptions, 'falseAlarmsPerMillion'>,
): Promise<LabelsLeftOut[]> {
  const losses = await lossesByContext(model, withoutTunnels(attack.census), attack.name)
  return [...model.byContext].flatMap(([name, context]) => {
    const { calibration } = context
    const attacks = attacksOf(losses.get(name) ?? [])
    if (calibration == null || attacks.length < 2) return []
    const clean = countedLosses(calibration)
    const missed = attacks.flatMap((left) => {
      const others = attacks.filter((other) => other !== left)
      const curve = fitConfidence(clean, others)
      const { threshold } = thresholdFor(context, calibration, curve, options, others)
      const passing = left.losses.filter((loss) => loss <= threshold).length
      return passing > 0 ? [[left.label, passing] as const] : []
    })
    const patterns = attacks.reduce((sum, label) => sum + label.losses.length, 0)
    return [{ context: name, patterns, missed: Object.fromEntries(missed) }]
  })
}
