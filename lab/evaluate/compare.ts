import type { View } from './evaluate.js'
import { DETECTORS, type DetectorName } from './judge.js'

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

function compare(own: number, other: number, what: string): string {
  if (own === other) return `as many ${what} (${own})`
  return `${own < other ? 'fewer' : 'more'} ${what} (${own} to ${other})`
}
