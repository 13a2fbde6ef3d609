import type { StreamRecord } from '../../core/stream-record.js'
import { firsteight } from '../../generated/messages.js'

const { Route, Severity } = firsteight.v1

/** What a model has shown about itself. A model without calibration has no `confidenceOf` and never escalates. */
export interface ModelAssurance {
  /** Calibrated probability that the stream is not DNS, 0 to 1. */
  readonly confidenceOf?: (record: StreamRecord) => number
  /** True when the model's measured precision has reached the level that automatic escalation needs. */
  readonly escalationAllowed: boolean
  /** Lowest confidence that escalates, 0 to 1. */
  readonly escalationConfidence: number
}

/** Where an alert goes and how urgent it is. */
export interface Verdict {
  route: firsteight.v1.Route
  severity: firsteight.v1.Severity
  /** Undefined: uncalibrated, or not scored at all. */
  confidence: number | undefined
}

/**
 * Decides between automatic escalation and human review. Nothing escalates before the model has proven its precision.
 *
 * | stream                                      | route    | severity |
 * | ------------------------------------------- | -------- | -------- |
 * | short, so not scored                        | review   | low      |
 * | the model states no confidence              | review   | medium   |
 * | confidence below the level                  | review   | medium   |
 * | confidence at the level, precision unproven | review   | high     |
 * | confidence at the level, precision proven   | escalate | critical |
 */
export function decide(record: StreamRecord, model: ModelAssurance): Verdict {
  if (record.kind === 'short') return { route: Route.REVIEW, severity: Severity.LOW, confidence: undefined }
  const confidence = model.confidenceOf?.(record)
  if (confidence === undefined || !(confidence >= 0 && confidence <= 1)) {
    return { route: Route.REVIEW, severity: Severity.MEDIUM, confidence: undefined }
  }
  if (confidence < model.escalationConfidence) {
    return { route: Route.REVIEW, severity: Severity.MEDIUM, confidence }
  }
  return model.escalationAllowed
    ? { route: Route.ESCALATE, severity: Severity.CRITICAL, confidence }
    : { route: Route.REVIEW, severity: Severity.HIGH, confidence }
}
