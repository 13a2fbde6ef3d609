import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { firsteight } from '../generated/messages.js'
import { type ContextName, contextName } from './contexts.js'
import { FirsteightError, messageOf, systemCodeOf } from './errors.js'
import { checkModel, SCHEMA_VERSION } from './model-rules.js'
import { PackedReader, PackedWriter } from './packed-numbers.js'

const { Model } = firsteight.v1

/** A model file may be at most this long, bytes. Four contexts of the largest network need about 100 KiB. */
export const MODEL_FILE_LIMIT = 1 << 20

/** A model that passed every check of `core/model-rules.ts`; read it freely. */
export interface ModelFile {
  /** SHA-256 of `bytes`, lower-case hex. */
  readonly id: string
  /** The canonical protobuf encoding of `model` (proto/model.proto). */
  readonly bytes: Uint8Array
  readonly model: firsteight.v1.Model
  readonly byContext: ReadonlyMap<ContextName, firsteight.v1.ContextModel>
}

/**
 * Decodes and checks a model file.
 * @param bytes untrusted; copied
 * @param name file name for messages
 * @throws FirsteightError MODEL_CORRUPT (empty, not protobuf, truncated, or not the canonical encoding),
 *   MODEL_UNSUPPORTED (another schema version), MODEL_INVALID (a value outside its rules)
 */
export function decodeModelFile(bytes: Uint8Array, name: string): ModelFile {
  if (bytes.length === 0) {
    throw new FirsteightError('MODEL_CORRUPT', `${name}: the file is empty`, {
      hint: 'Copy the file again and compare its SHA-256 with the model id.',
      details: { file: name },
    })
  }
  if (bytes.length > MODEL_FILE_LIMIT) throw tooLong(name, bytes.length)
  const copy = new Uint8Array(bytes)
  const model = decode(copy, name)
  if (model.schemaVersion !== SCHEMA_VERSION) {
    throw new FirsteightError(
      'MODEL_UNSUPPORTED',
      `${name}: schema version ${model.schemaVersion}, this version of firsteight reads ${SCHEMA_VERSION}`,
      {
        hint: 'Update firsteight, or train the model again with this version.',
        details: { file: name, schemaVersion: model.schemaVersion },
      },
    )
  }
  const offset = firstDifference(copy, encode(model))
  if (offset !== -1)
    throw corrupt(name, 'not the canonical encoding (repeated, unknown or misplaced field)', offset)
  checkModel(model, name)

  const byContext = new Map<ContextName, firsteight.v1.ContextModel>()
  for (const context of model.contexts) {
    byContext.set(contextName(context.context)!, context as firsteight.v1.ContextModel)
  }
  return { id: createHash('sha256').update(copy).digest('hex'), bytes: copy, model, byContext }
}

/** Which bits each context's network reads. */
export function inputMasksOf({ byContext }: ModelFile): Map<ContextName, Uint8Array> {
  return new Map([...byContext].map(([name, { inputMask }]) => [name, inputMask]))
}

/**
 * Encodes a model canonically: equal models give equal bytes.
 * @throws FirsteightError MODEL_INVALID, MODEL_UNSUPPORTED as `decodeModelFile` does
 */
export function encodeModelFile(model: firsteight.v1.Model.$Properties): ModelFile {
  const name = model.name || 'model'
  // Explicitly set default values are encoded by protobufjs and dropped by its decoder: hence twice.
  const canonical = encode(decode(encode(model), name))
  return decodeModelFile(canonical, name)
}

/**
 * Reads, decodes and checks a model file.
 * @throws FirsteightError MODEL_MISSING, FILE_UNREADABLE, and those of `decodeModelFile`
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  let bytes: Uint8Array
  try {
    const { size } = await stat(path)
    if (size > MODEL_FILE_LIMIT) throw tooLong(path, size)
    bytes = await readFile(path)
  } catch (error) {
    if (error instanceof FirsteightError) throw error
    const missing = systemCodeOf(error) === 'ENOENT'
    throw new FirsteightError(
      missing ? 'MODEL_MISSING' : 'FILE_UNREADABLE',
      missing ? `${path}: no such model file` : `${path}: ${messageOf(error)}`,
      {
        hint: missing
          ? 'Check the path, or make a model with `firsteight train`.'
          : 'Check the path and the permissions of the file.',
        details: { file: path },
        cause: error,
      },
    )
  }
  return decodeModelFile(bytes, path)
}

function decode(bytes: Uint8Array, name: string): firsteight.v1.Model {
  const reader = new PackedReader(bytes)
  reader.discardUnknown = true
  try {
    return Model.decode(reader)
  } catch (error) {
    throw corrupt(name, messageOf(error), reader.pos, error)
  }
}

function encode(model: firsteight.v1.Model.$Properties): Uint8Array {
  return Model.encode(model, new PackedWriter()).finish()
}

function tooLong(name: string, length: number): FirsteightError {
  return new FirsteightError(
    'MODEL_INVALID',
    `${name}: ${length} bytes, expected at most ${MODEL_FILE_LIMIT}`,
    { hint: 'This is not a firsteight model file.', details: { file: name } },
  )
}

function corrupt(name: string, why: string, offset: number, cause?: unknown): FirsteightError {
  return new FirsteightError('MODEL_CORRUPT', `${name}: not a model file, at offset ${offset}: ${why}`, {
    hint: 'Copy the file again and compare its SHA-256 with the model id.',
    details: { file: name, offset },
    cause,
  })
}

/** Offset of the first byte that differs, or -1 when both are equal. */
function firstDifference(left: Uint8Array, right: Uint8Array): number {
  if (Buffer.compare(left, right) === 0) return -1
  const length = Math.min(left.length, right.length)
  for (let offset = 0; offset < length; offset++) if (left[offset] !== right[offset]) return offset
  return left.length === right.length ? -1 : length
}
