import { confidenceOf, type Gate, gateOf, pValueOf } from '../../core/assurance.js'
import { contradicted } from '../../core/corroboration.js'
import type { ModelFile } from '../../core/model-file.js'
import type { StreamRecord } from '../../core/stream-record.js'
import { firsteight } from '../../generated/messages.js'

const { Route, Severity } = firsteight.v1

/** What a model has shown about itself. */
export interface ModelAssurance {
  /** Calibrated probability that the stream is not DNS, 0 to 1; undefined: uncalibrated. */
  confidenceOf(record: StreamRecord): number | undefined
  /** Share of clean calibration patterns with at least this loss; undefined: uncalibrated. */
  pValueOf(record: StreamRecord): number | undefined
  readonly gate: Gate
}

/** What a model file says of itself. */
export function assuranceOf({ model, byContext }: ModelFile): ModelAssurance {
  return {
    confidenceOf: ({ context, loss }) => confidenceOf(byContext.get(context) ?? {}, loss),
    pValueOf: ({ context, loss }) => pValueOf(byContext.get(context) ?? {}, loss),
    gate: gateOf(model),
  }
}

/** Where an alert goes and how urgent it is. */
export interface Verdict {
  route: firsteight.v1.Route
  severity: firsteight.v1.Severity
  /** Undefined: uncalibrated, or not scored at all. */
  confidence: number | undefined
}

/**
 * Decides between automatic escalation and human review. Nothing escalates before the model has proven its precision,
 * nor where the hand-written rule alone stands against it.
 *
 * | stream                                                | route    | severity |
 * | ----------------------------------------------------- | -------- | -------- |
 * | short, so not scored                                  | review   | low      |
 * | the model states no confidence                        | review   | medium   |
 * | confidence below the level                            | review   | medium   |
 * | confidence at the level, precision unproven           | review   | high     |
 * | confidence at the level, the rule contradicts it      | review   | high     |
 * | confidence at the level, precision proven             | escalate | critical |
 */
export function decide(record: StreamRecord, model: ModelAssurance): Verdict {
  if (record.kind === 'short') return { route: Route.REVIEW, severity: Severity.LOW, confidence: undefined }
  const confidence = model.confidenceOf(record)
  if (confidence === undefined || confidence < model.gate.confidence) {
    return { route: Route.REVIEW, severity: Severity.MEDIUM, confidence }
  }
  return model.gate.open && !contradicted(record)
    ? { route: Route.ESCALATE, severity: Severity.CRITICAL, confidence }
    : { route: Route.REVIEW, severity: Severity.HIGH, confidence }
}
