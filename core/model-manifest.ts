import { createHash } from 'node:crypto'
import { firsteight } from '../generated/messages.js'
import { FirsteightError } from './errors.js'
import {
  checkBytes,
  checkEnum,
  checkInteger,
  checkNumber,
  checkPresent,
  checkText,
  checkUuid,
  invalidField,
} from './message-checks.js'
import { type Complete, decode, SCHEMA_VERSION } from './messages.js'
import { MODEL_FILE_LIMIT, type ModelFile } from './model-file.js'
import { targetPath } from './topics.js'

const { v1 } = firsteight
const { RolloutStage } = v1

/** Bytes of a chunk, so that it and its topic fit into one message. */
export const CHUNK_BYTES = 61_440
const LEAST_CHUNK_BYTES = 1024
const DIGEST_BYTES = 32
/** Two weeks: timers hold no longer times. */
const MOST_SECONDS = 1_209_600
const DESIRED = 'model/desired'

/** A model file as the manifest describes it, digests in hex. */
export interface ModelDescription {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly size: number
  readonly chunkBytes: number
  readonly chunkDigests: readonly string[]
}

export type StageName = 'shadow' | 'canary' | 'full' | 'rollback'

/** proto/rollout.proto says more of each field. */
export interface RolloutBounds {
  minimumStreams: number
  maximumIncrease: number
  maximumDecrease: number
  shadowSeconds: number
  deadlineSeconds: number
  watchIntervals: number
  maximumFaults: number
  maximumStarts: number
}

export const DEFAULT_BOUNDS: RolloutBounds = {
  minimumStreams: 1000,
  maximumIncrease: 0.01,
  maximumDecrease: 1,
  shadowSeconds: 3600,
  deadlineSeconds: 86_400,
  watchIntervals: 10,
  maximumFaults: 0,
  maximumStarts: 3,
}

export interface ModelManifest {
  readonly rolloutId: string
  readonly stage: StageName
  /** Undefined only in a rollback that names a model to leave. */
  readonly model: ModelDescription | undefined
  /** Hex id of the model to leave, in a rollback without `model`; else undefined. */
  readonly leave: string | undefined
  readonly share: number
  readonly force: boolean
  readonly minimumVersion: number
  readonly bounds: RolloutBounds
}

const STAGES: Record<StageName, firsteight.v1.RolloutStage> = {
  shadow: RolloutStage.SHADOW,
  canary: RolloutStage.CANARY,
  full: RolloutStage.FULL,
  rollback: RolloutStage.ROLLBACK,
}

export function stageNumber(name: StageName): firsteight.v1.RolloutStage {
  return STAGES[name]
}

/** Name of a known stage. */
export function stageName(number: firsteight.v1.RolloutStage): StageName {
  return (Object.keys(STAGES) as StageName[]).find((name) => STAGES[name] === number)!
}

/** Where manifests for a target stand. */
export function desiredTopic(target: { site: string; node: string }): string {
  return targetPath(target, DESIRED)
}

/** Where the chunks of a model stand, for everybody. Without a number: the filter for all of them. */
export function chunkTopic(modelId: string, number?: number): string {
  return targetPath({ site: '', node: '' }, `model/chunk/${modelId}/${number ?? '+'}`)
}

/** A model file cut into chunks, and its description. */
export function cutModel(
  file: ModelFile,
  chunkBytes = CHUNK_BYTES,
): { description: ModelDescription; chunks: Uint8Array[] } {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < file.bytes.length; at += chunkBytes) {
    chunks.push(file.bytes.subarray(at, at + chunkBytes))
  }
  const description = {
    id: file.id,
    name: file.model.name,
    version: file.model.version,
    size: file.bytes.length,
    chunkBytes,
    chunkDigests: chunks.map(sha256),
  }
  return { description, chunks }
}

/** @throws FirsteightError MODEL_MISMATCH when the model file is not the one described */
export function checkDescribed(file: ModelFile, description: ModelDescription): void {
  const found = { id: file.id, name: file.model.name, version: file.model.version, size: file.bytes.length }
  for (const field of ['id', 'size', 'name', 'version'] as const) {
    if (found[field] === description[field]) continue
    throw new FirsteightError(
      'MODEL_MISMATCH',
      `the model's ${field} is ${found[field]}, the manifest says ${description[field]}`,
      { hint: 'Sign a manifest of this very model file.', details: { field } },
    )
  }
}

export function encodeManifest(manifest: ModelManifest): Uint8Array {
  const { model } = manifest
  const bytes = v1.ModelManifest.encode({
    schemaVersion: SCHEMA_VERSION,
    rolloutId: manifest.rolloutId,
    stage: stageNumber(manifest.stage),
    ...(model && {
      model: {
        id: Buffer.from(model.id, 'hex'),
        name: model.name,
        version: model.version,
        size: model.size,
        chunkBytes: model.chunkBytes,
        chunkDigests: model.chunkDigests.map((digest) => Buffer.from(digest, 'hex')),
      },
    }),
    share: manifest.share,
    force: manifest.force,
    minimumVersion: manifest.minimumVersion,
    bounds: manifest.bounds,
    ...(manifest.leave !== undefined && { leaveModelId: Buffer.from(manifest.leave, 'hex') }),
  }).finish()
  decodeManifest(bytes)
  return bytes
}

/**
 * @param bytes the payload of an envelope
 * @throws FirsteightError MESSAGE_INVALID naming the field
 */
export function decodeManifest(bytes: Uint8Array): ModelManifest {
  const decoded = decode(v1.ModelManifest, bytes) as Complete<firsteight.v1.ModelManifest.$Properties>
  if (decoded.schemaVersion !== SCHEMA_VERSION) {
    throw invalidField('schema_version', String(SCHEMA_VERSION), String(decoded.schemaVersion))
  }
  checkUuid('rollout_id', decoded.rolloutId)
  checkEnum('stage', decoded.stage, RolloutStage)
  const stage = stageName(decoded.stage)
  if (stage !== 'rollback') checkPresent('model', decoded.model)
  const model = decoded.model == null ? undefined : describedBy(decoded.model)
  const leaves = model === undefined ? DIGEST_BYTES : 0
  checkBytes('leave_model_id', decoded.leaveModelId, { minimum: leaves, maximum: leaves })
  const leave = model === undefined ? hex(decoded.leaveModelId) : undefined
  const { share, force, minimumVersion } = decoded
  checkNumber('share', share, 1)
  const partial = stage === 'shadow' || stage === 'canary'
  if (partial ? share === 0 : share !== 1) {
    throw invalidField('share', partial ? 'more than 0' : '1 in this stage', String(share))
  }
  checkInteger('minimum_version', minimumVersion, model?.version)
  checkPresent('bounds', decoded.bounds)
  const { bounds } = decoded
  checkBounds(bounds)
  return { rolloutId: decoded.rolloutId, stage, model, leave, share, force, minimumVersion, bounds }
}

function describedBy(model: Complete<firsteight.v1.ModelDescription.$Properties>): ModelDescription {
  const { name, version, size, chunkBytes, chunkDigests } = model
  checkBytes('model.id', model.id, { minimum: DIGEST_BYTES, maximum: DIGEST_BYTES })
  checkText('model.name', name, 512)
  checkInteger('model.version', version, Number.MAX_SAFE_INTEGER, 1)
  checkInteger('model.size', size, MODEL_FILE_LIMIT, 1)
  checkInteger('model.chunk_bytes', chunkBytes, CHUNK_BYTES, LEAST_CHUNK_BYTES)
  const chunks = Math.ceil(size / chunkBytes)
  if (chunkDigests.length !== chunks) {
    throw invalidField('model.chunk_digests', `${chunks} for this size`, String(chunkDigests.length))
  }
  for (const [index, digest] of chunkDigests.entries()) {
    checkBytes(`model.chunk_digests[${index}]`, digest, { minimum: DIGEST_BYTES, maximum: DIGEST_BYTES })
  }
  return { id: hex(model.id), name, version, size, chunkBytes, chunkDigests: chunkDigests.map(hex) }
}

function checkBounds(bounds: RolloutBounds): void {
  checkInteger('bounds.minimum_streams', bounds.minimumStreams, Number.MAX_SAFE_INTEGER, 1)
  checkNumber('bounds.maximum_increase', bounds.maximumIncrease, 1)
  checkNumber('bounds.maximum_decrease', bounds.maximumDecrease, 1)
  checkInteger('bounds.shadow_seconds', bounds.shadowSeconds, MOST_SECONDS, 1)
  checkInteger('bounds.deadline_seconds', bounds.deadlineSeconds, MOST_SECONDS, 1)
  checkInteger('bounds.watch_intervals', bounds.watchIntervals, 1000, 1)
  checkInteger('bounds.maximum_faults', bounds.maximumFaults)
  checkInteger('bounds.maximum_starts', bounds.maximumStarts, 100, 1)
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
