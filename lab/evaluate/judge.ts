import { looseRule, tunedRule } from '../../core/header-rules.js'
import type { ModelScores, Score } from './model-scores.js'
import type { NdpiCapture } from './ndpi.js'
import type { Stream, StreamClass, StreamFile } from './streams.js'

/** Everything that is measured side by side, in the order of the reports. */
export const DETECTORS = {
  model: 'model',
  looseRule: 'loose rule',
  tunedRule: 'tuned rule',
  nDPI: 'nDPI: another protocol',
  nDPIByContent: 'nDPI: or DNS by port',
} as const

export type DetectorName = keyof typeof DETECTORS

export const DETECTOR_NAMES = Object.keys(DETECTORS) as DetectorName[]

/** A stream and what each detector makes of it. */
export interface JudgedStream extends Stream {
  streamClass: StreamClass
  score: Score
  /** True: not DNS. Undefined: that detector cannot judge this stream (nDPI needs captures). */
  flagged: Record<DetectorName, boolean | undefined>
}

/** Judges every stream of a file. */
export function judgeStreams(file: StreamFile, scores: ModelScores, ndpi?: NdpiCapture): JudgedStream[] {
  return file.streams.map((stream) => {
    const { context, firstEight, length, flow } = stream
    const bytes = Buffer.from(firstEight, 'hex')
    const score = scores.score(context, bytes)
    const verdict = ndpi?.verdictOf(flow)
    return {
      ...stream,
      streamClass: file.streamClass,
      score,
      flagged: {
        model: score.flagged,
        looseRule: !looseRule(context, bytes, length),
        tunedRule: !tunedRule(context, bytes, length),
        nDPI: verdict?.namesAnother,
        nDPIByContent: verdict?.notByContent,
      },
    }
  })
}

/**
 * Whether an agent would have the alert escalated: the model is sure and the loose rule does not take the bytes for DNS. Only
 * the model grades its verdicts.
 */
export function isEscalated(detector: DetectorName, stream: JudgedStream): boolean {
  return detector === 'model' && stream.score.sure && stream.flagged.looseRule === true
}
