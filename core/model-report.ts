import { firsteight } from '../generated/messages.js'
import {
  checkBytes,
  checkCount,
  checkEnum,
  checkInteger,
  checkNumber,
  checkText,
  invalidField,
} from './message-checks.js'
import { type Complete, checkHeader, decode } from './messages.js'
import { targetProblem } from './signature/target.js'

const { v1 } = firsteight

/** Most differing streams that a report shows. */
export const MOST_DIFFERENCES = 8
/** Longest reason or message of a report, UTF-16 code units. */
export const REASON_LENGTH = 512

export type ModelSlot = Complete<firsteight.v1.ModelSlot.$Properties>
export type ShadowFigures = Complete<firsteight.v1.ShadowFigures.$Properties>
export type ContextFigures = Complete<firsteight.v1.ContextFigures.$Properties>
export type Difference = Complete<firsteight.v1.Difference.$Properties>
export type WatchFigures = Complete<firsteight.v1.WatchFigures.$Properties>
export type ModelRefusal = Complete<firsteight.v1.ModelRefusal.$Properties>
export type Rollout = Omit<Complete<firsteight.v1.Rollout.$Properties>, 'shadow' | 'watch'> & {
  shadow?: ShadowFigures | null
  watch?: WatchFigures | null
}
export type ModelReport = Omit<
  Complete<firsteight.v1.ModelReport.$Properties>,
  'previous' | 'candidate' | 'rollout' | 'lastRefusal'
> & {
  previous?: ModelSlot | null
  candidate?: ModelSlot | null
  rollout?: Rollout | null
  lastRefusal?: ModelRefusal | null
}

/**
 * @returns the message's bytes
 * @throws FirsteightError MESSAGE_INVALID naming the field, when no receiver would accept the message
 */
export function encodeModelReport(report: firsteight.v1.ModelReport.$Properties): Uint8Array {
  const bytes = v1.ModelReport.encode(report).finish()
  decodeModelReport(bytes)
  return bytes
}

/**
 * @param bytes as received: hostile until checked
 * @throws FirsteightError MESSAGE_INVALID naming the field
 */
export function decodeModelReport(bytes: Uint8Array): ModelReport {
  const report = decode(v1.ModelReport, bytes) as ModelReport
  checkHeader(report.header)
  checkSlot('active', report.active)
  if (report.previous != null) checkSlot('previous', report.previous)
  if (report.candidate != null) checkSlot('candidate', report.candidate)
  if (report.rollout != null) checkRollout(report.rollout)
  checkInteger('refused', report.refused)
  if (report.lastRefusal != null) {
    checkText('last_refusal.code', report.lastRefusal.code, 64)
    checkText('last_refusal.message', report.lastRefusal.message, REASON_LENGTH)
    checkText('last_refusal.topic', report.lastRefusal.topic, REASON_LENGTH)
    checkInteger('last_refusal.at_microseconds', report.lastRefusal.atMicroseconds)
  }
  checkText('problem_code', report.problemCode, 64)
  checkText('problem', report.problem, REASON_LENGTH)
  return report
}

function checkSlot(field: string, slot: ModelSlot | null | undefined): void {
  if (slot == null) throw invalidField(field, 'a value', 'none')
  checkDigest(`${field}.id`, slot.id)
  checkText(`${field}.name`, slot.name, 512)
  checkInteger(`${field}.version`, slot.version)
  checkSigner(field, slot)
}

function checkSigner(field: string, signer: { signerKeyId: string; signerName: string }): void {
  if (signer.signerKeyId !== '') checkDigest(`${field}.signer_key_id`, signer.signerKeyId)
  checkText(`${field}.signer_name`, signer.signerName, 64)
}

export function checkRollout(rollout: Rollout): void {
  checkText('rollout.rollout_id', rollout.rolloutId, 64)
  checkInteger('rollout.revision', rollout.revision)
  const problem = rollout.target == null ? 'is missing' : targetProblem(rollout.target)
  if (problem !== undefined) throw invalidField('rollout.target', 'a target', `one that ${problem}`)
  checkEnum('rollout.stage', rollout.stage, v1.RolloutStage)
  if (rollout.modelId !== '') checkDigest('rollout.model_id', rollout.modelId)
  checkEnum('rollout.state', rollout.state, v1.RolloutState)
  checkText('rollout.code', rollout.code, 64)
  checkText('rollout.reason', rollout.reason, REASON_LENGTH)
  checkText('rollout.activity', rollout.activity, 32)
  checkInteger('rollout.since_microseconds', rollout.sinceMicroseconds)
  checkSigner('rollout', rollout)
  if (rollout.shadow != null) checkShadow(rollout.shadow)
  const { watch } = rollout
  if (watch != null) {
    for (const [name, value] of Object.entries(watch)) checkInteger(`rollout.watch.${name}`, value)
  }
}

function checkShadow(shadow: ShadowFigures): void {
  checkCount('rollout.shadow.contexts', shadow.contexts, 4)
  for (const figures of shadow.contexts) {
    checkEnum('rollout.shadow.contexts.context', figures.context, v1.Context)
    for (const name of [
      'streams',
      'activeAnomalies',
      'candidateAnomalies',
      'onlyActive',
      'onlyCandidate',
    ] as const) {
      checkInteger(`rollout.shadow.contexts.${name}`, figures[name])
    }
  }
  checkInteger('rollout.shadow.uncompared', shadow.uncompared)
  checkCount('rollout.shadow.examples', shadow.examples, MOST_DIFFERENCES)
  for (const example of shadow.examples) {
    checkEnum('rollout.shadow.examples.context', example.context, v1.Context)
    checkBytes('rollout.shadow.examples.first_eight', example.firstEight, { minimum: 8, maximum: 8 })
    checkNumber('rollout.shadow.examples.active_loss', example.activeLoss)
    checkNumber('rollout.shadow.examples.candidate_loss', example.candidateLoss)
  }
}

function checkDigest(field: string, digest: string): void {
  if (!/^[0-9a-f]{64}$/.test(digest)) {
    throw invalidField(field, '64 hex digits in lower case', `${digest.length} other characters`)
  }
}
