import type { View } from './evaluate.js'
import { number, percent } from './format.js'
import { DETECTORS, type DetectorName } from './judge.js'

/** What the model's figures come to, in sentences. */
export function findings(view: View): string[] {
  const own = view.detectors.model?.figures
  if (own === undefined) return []
  const { attackStreams, missed, missedSameAsClean, escalated, falseAlarms, falseEscalations } = own
  const found = attackStreams - missed
  const tellable = attackStreams - missedSameAsClean
  return [
    `The model finds ${percent(ratio(found, tellable))} of the attack streams that it does not miss as clean (${number(tellable - found)} missed).`,
    `It escalates ${percent(ratio(escalated, found))} of the attack streams that it flags, and ${number(falseEscalations)} of ${number(falseAlarms)} false alarms.`,
  ]
}

/**
 * Where another detector does better than the model, and where the model does, in sentences. Only detectors that
 * judged the same streams are compared.
 */
export function comparisons(view: View): string[] {
  const own = view.detectors.model?.figures
  if (own === undefined) return []
  return (Object.keys(DETECTORS) as DetectorName[]).flatMap((name) => {
    const other = view.detectors[name]?.figures
    if (name === 'model' || other === undefined) return []
    if (other.cleanStreams !== own.cleanStreams || other.attackStreams !== own.attackStreams) return []
    const alarms = compare(own.falseAlarms, other.falseAlarms, 'false alarms')
    const misses = compare(own.missed, other.missed, 'misses')
    return [`Against ${DETECTORS[name]}: the model has ${alarms} and ${misses}.`]
  })
}

/** 0 of none. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function compare(own: number, other: number, what: string): string {
  if (own === other) return `as many ${what} (${number(own)})`
  return `${own < other ? 'fewer' : 'more'} ${what} (${number(own)} to ${number(other)})`
}
