import type { ContextName } from '../../core/contexts.js'
import type { Census } from '../census/census.js'
import { withoutTunnels } from '../census/tunnels.js'
import { holdOut, programsWith, streamsOf } from '../train/hold-out-server.js'
import { type ContextData, joinCensuses } from '../train/training-data.js'
import type { Approach, Detector } from './detector.js'

/** How one approach fares. */
export interface Outcome {
  approach: string
  /** Patterns and streams of servers left out of training that it flags. */
  falseAlarmPatterns: number
  falseAlarmStreams: number
  /** Different attack patterns, by context and label, that are no clean patterns. */
  attackPatterns: number
  /** Those of them that its threshold passes; `missedLabels` counts them by label. */
  missed: number
  missedLabels: Record<string, number>
  /** Those that pass when the threshold stands just above the highest clean score, so that nothing learnt is flagged. */
  missedAtNoFalseAlarm: number
}

/** Makes the approach from everything clean, and once without each server. */
export async function measure(
  approach: Approach,
  clean: Census,
  attack: Census,
  servers: readonly string[],
): Promise<Outcome> {
  const data = joinCensuses([clean])
  const outcome: Outcome = {
    approach: approach.name,
    falseAlarmPatterns: 0,
    falseAlarmStreams: 0,
    attackPatterns: 0,
    missed: 0,
    missedLabels: {},
    missedAtNoFalseAlarm: 0,
  }
  addMisses(outcome, await approach.build(data), data, attack)
  for (const server of servers) {
    const left = programsWith(clean, server)
    const split = data.map((part) => holdOut(part, left))
    if (split.some(({ kept, heldOut }) => kept.patterns.length === 0 || heldOut.patterns.length === 0))
      continue
    const detector = await approach.build(split.map(({ kept }) => kept))
    for (const { heldOut } of split) {
      const part = detector.get(heldOut.context)!
      const scores = part.scores(heldOut.patterns.map(({ bytes }) => bytes))
      const flagged = heldOut.patterns.filter((_, index) => scores[index]! > part.threshold)
      outcome.falseAlarmPatterns += flagged.length
      outcome.falseAlarmStreams += flagged.reduce((sum, pattern) => sum + streamsOf(pattern), 0)
    }
  }
  return outcome
}

function addMisses(outcome: Outcome, detector: Detector, data: readonly ContextData[], attack: Census): void {
  for (const { context, inputMask, patterns } of data) {
    const part = detector.get(context)!
    const clean = patterns.map(({ bytes }) => bytes)
    const highest = Math.max(...part.scores(clean))
    const known = new Set(clean.map(hexOf))
    for (const [label, list] of attackPatterns(attack, context, inputMask)) {
      const strange = list.filter((bytes) => !known.has(hexOf(bytes)))
      const scores = part.scores(strange)
      const missed = scores.filter((score) => score <= part.threshold).length
      outcome.attackPatterns += strange.length
      outcome.missed += missed
      outcome.missedAtNoFalseAlarm += scores.filter((score) => score <= highest).length
      if (missed > 0) outcome.missedLabels[label] = (outcome.missedLabels[label] ?? 0) + missed
    }
  }
}

/** Different masked patterns of one context, by label. */
function attackPatterns(
  attack: Census,
  context: ContextName,
  inputMask: Uint8Array,
): Map<string, Uint8Array[]> {
  const byLabel = new Map<string, Map<string, Uint8Array>>()
  for (const row of withoutTunnels(attack).rows) {
    if (row.context !== context) continue
    const bytes = Uint8Array.from(Buffer.from(row.pattern, 'hex')).map((byte, at) => byte & inputMask[at]!)
    const patterns = byLabel.get(row.program) ?? new Map<string, Uint8Array>()
    byLabel.set(row.program, patterns.set(hexOf(bytes), bytes))
  }
  return new Map([...byLabel].map(([label, patterns]) => [label, [...patterns.values()]]))
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
