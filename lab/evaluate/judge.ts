import { contradicted } from '../../core/corroboration.js'
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
  /** Whether an agent would have the alert escalated: the model is sure and nothing contradicts it. */
  escalated: boolean
  /** True: not DNS. Undefined: that detector cannot judge this stream (nDPI needs captures). */
  flagged: Record<DetectorName, boolean | undefined>
}

/** Judges every stream of a file; those that nothing here can tell apart become one, with their counts added. */
export function judgeStreams(file: StreamFile, scores: ModelScores, ndpi?: NdpiCapture): JudgedStream[] {
  const judged = new Map<string, JudgedStream>()
  for (const stream of file.streams) {
    const { context, firstEight, length, label, capture, flow, count } = stream
    const bytes = Buffer.from(firstEight, 'hex')
    const score = scores.score(context, bytes)
    const loose = !looseRule(context, bytes, length)
    const tuned = !tunedRule(context, bytes, length)
    const escalated = score.sure && !contradicted({ context, firstEight: bytes, payloadLength: length })
    const key = `${context} ${score.pattern} ${loose} ${tuned} ${escalated}\t${label}\t${capture}\t${flow}`
    const alike = judged.get(key)
    if (alike) {
      alike.count += count
      continue
    }
    const verdict = ndpi?.verdictOf(flow)
    judged.set(key, {
      ...stream,
      streamClass: file.streamClass,
      score,
      escalated,
      flagged: {
        model: score.flagged,
        looseRule: loose,
        tunedRule: tuned,
        nDPI: verdict?.namesAnother,
        nDPIByContent: verdict?.notByContent,
      },
    })
  }
  return [...judged.values()]
}

/** Only the model grades its verdicts. */
export function isEscalated(detector: DetectorName, stream: JudgedStream): boolean {
  return detector === 'model' && stream.escalated
}
