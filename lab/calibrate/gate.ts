import type { firsteight } from '../../generated/messages.js'
import { wilsonInterval } from './precision.js'
import type { Prediction } from './reliability.js'

/** A label with more patterns counts this many of them, evenly spread, so that none decides alone. */
const MOST_PATTERNS = 100

/** What one context's curve said of losses it was not fitted to, and what the kernel alerts on there. */
export interface ContextPredictions {
  predictions: readonly Prediction[]
  threshold: number
}

/**
 * Measures how often an alert with enough confidence is right, and opens the gate where the lower bound of that share
 * reaches the required one. Counts patterns: of each label at most 100 a context, of clean traffic all.
 */
export function measureGate(
  contexts: readonly ContextPredictions[],
  confidence: number,
  requiredPrecision: number,
): firsteight.v1.EscalationGate.$Properties {
  let alerts = 0
  let correctAlerts = 0
  for (const { predictions, threshold } of contexts) {
    for (const { attack, loss, stated, patterns } of evenly(predictions)) {
      if (loss <= threshold || stated < confidence) continue
      alerts += patterns
      if (attack) correctAlerts += patterns
    }
  }
  const precisionLowerBound = wilsonInterval(correctAlerts, alerts).lower
  return {
    confidence,
    requiredPrecision,
    precision: alerts === 0 ? 0 : correctAlerts / alerts,
    precisionLowerBound,
    alerts,
    correctAlerts,
    open: alerts > 0 && precisionLowerBound >= requiredPrecision,
  }
}

/** All clean predictions, and of each label at most MOST_PATTERNS, spread over its losses. */
function evenly(predictions: readonly Prediction[]): Prediction[] {
  const labels = new Map<string, Prediction[]>()
  for (const prediction of predictions) {
    if (!prediction.attack) continue
    const members = labels.get(prediction.label)
    if (members) members.push(prediction)
    else labels.set(prediction.label, [prediction])
  }
  const chosen = predictions.filter(({ attack }) => !attack)
  for (const members of labels.values()) {
    const ascending = members.sort((a, b) => a.loss - b.loss)
    const count = Math.min(MOST_PATTERNS, ascending.length)
    for (let index = 0; index < count; index++) {
      chosen.push(ascending[Math.floor((index * ascending.length) / count)]!)
    }
  }
  return chosen
}
