import { contextName } from '../../core/contexts.js'
import type { ModelFile } from '../../core/model-file.js'
import type { firsteight } from '../../generated/messages.js'

type Context = firsteight.v1.ContextModel

/** What a model file says of itself, as plain JSON. */
export type CardFacts = ReturnType<typeof cardFacts>
export type ContextFacts = CardFacts['contexts'][number]

export function cardFacts(file: ModelFile) {
  const { name, version, schemaVersion, provenance, gate } = file.model
  const contexts = file.model.contexts as Context[]
  return {
    id: file.id,
    name,
    version,
    schemaVersion,
    bytes: file.bytes.length,
    calibrated: contexts.every(({ confidence }) => confidence != null),
    gate: gate == null ? null : gateFacts(gate as firsteight.v1.EscalationGate),
    contexts: contexts.map(contextFacts),
    provenance: {
      toolVersion: provenance?.toolVersion ?? '',
      seed: provenance?.seed ?? 0,
      sources: ((provenance?.sources ?? []) as firsteight.v1.Source[]).map(({ name, sha256, role }) => ({
        name,
        sha256,
        role,
      })),
      settings: Object.fromEntries((provenance?.settings ?? []).map(({ name, value }) => [name, value])),
      parentModelId: provenance?.parentModelId || null,
    },
  }
}

function contextFacts(context: Context) {
  return {
    context: contextName(context.context)!,
    /** `64-32-8-32-64`. */
    shape: [context.layers[0]!.inputs, ...context.layers.map(({ outputs }) => outputs)].join('-'),
    inputMask: Buffer.from(context.inputMask).toString('hex'),
    threshold: context.threshold,
    thresholdMethod: context.thresholdMethod,
    trainingStreams: context.trainingStreams,
    trainingPatterns: context.trainingPatterns,
    heldOutStreams: context.heldOutStreams,
    heldOutPatterns: context.heldOutPatterns,
    highestTrainingLoss: context.highestTrainingLoss,
    highestHeldOutLoss: context.highestHeldOutLoss,
    calibration: calibrationFacts(context.calibration as firsteight.v1.Calibration | null),
    confidence: confidenceFacts(context.confidence as firsteight.v1.Confidence | null),
  }
}

function calibrationFacts(calibration: firsteight.v1.Calibration | null) {
  if (calibration === null) return null
  const { losses, patterns, streams, falseAlarmsPerMillion, extrapolated } = calibration
  const tail = calibration.tail as firsteight.v1.Tail | null
  return {
    patterns: sum(patterns),
    streams: sum(streams),
    counts: calibration.byStream ? ('streams' as const) : ('patterns' as const),
    differentLosses: losses.length,
    highestLoss: losses.at(-1)!,
    falseAlarmsPerMillion,
    extrapolated,
    tail: tail && { start: tail.start, scale: tail.scale, shape: tail.shape, excesses: tail.excesses },
  }
}

function confidenceFacts(confidence: firsteight.v1.Confidence | null) {
  if (confidence === null) return null
  const { losses, probabilities, cleanPatterns, attackPatterns, attackLabels, brierScore } = confidence
  const reliability = confidence.reliability as firsteight.v1.ReliabilityBin[]
  return {
    cleanPatterns,
    attackPatterns,
    attackLabels,
    brierScore,
    knots: losses.map((loss, index) => [loss, probabilities[index]!] as const),
    reliability: reliability.map(({ stated, observed, weight }) => ({ stated, observed, weight })),
  }
}

function gateFacts(gate: firsteight.v1.EscalationGate) {
  const { open, confidence, requiredPrecision, precision, precisionLowerBound, alerts, correctAlerts } = gate
  return { open, confidence, requiredPrecision, precision, precisionLowerBound, alerts, correctAlerts }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
