import { isDeepStrictEqual } from 'node:util'
import { messageOf } from '../../core/errors.js'
import type { ModelFile } from '../../core/model-file.js'
import { firsteight } from '../../generated/messages.js'
import type { onnx } from '../../generated/onnx.js'
import type { Complain } from './invalid.js'

const { ContextModel, Model } = firsteight.v1

/**
 * Keys of ONNX's metadata_props. What the graph cannot hold travels as protobuf JSON of proto/model.proto: enums by
 * name, bytes as base64.
 */
const KEYS = {
  /** Model without its contexts: name, version, provenance. */
  model: 'firsteight.model',
  /** ContextModel without its layers: mask, loss weights, threshold. */
  context: 'firsteight.context',
  /** Id of the model that was exported; absent in a model made elsewhere. */
  id: 'firsteight.model_id',
} as const

export interface Metadata {
  model: firsteight.v1.Model
  context: firsteight.v1.ContextModel
  exportedId: string
}

export function writeMetadata(
  file: ModelFile,
  context: firsteight.v1.ContextModel,
): onnx.StringStringEntryProto.$Properties[] {
  const model = Model.toObject(Model.create({ ...file.model, contexts: [] }), JSON_FORM)
  const rest = ContextModel.toObject(ContextModel.create({ ...context, layers: [] }), JSON_FORM)
  return [
    { key: KEYS.model, value: JSON.stringify(model) },
    { key: KEYS.context, value: JSON.stringify(rest) },
    { key: KEYS.id, value: file.id },
  ]
}

/** Keys of others are left alone. */
export function readMetadata(
  properties: readonly onnx.StringStringEntryProto.$Properties[],
  complain: Complain,
): Metadata {
  const values = new Map<string, string>()
  for (const { key = '', value = '' } of properties as onnx.StringStringEntryProto[]) {
    if (values.has(key)) complain(`metadata "${key}"`, 'each key once')
    values.set(key, value)
  }
  const exportedId = values.get(KEYS.id) ?? ''
  if (!/^([0-9a-f]{64})?$/.test(exportedId)) {
    complain(`metadata "${KEYS.id}"`, '64 lower-case hexadecimal digits')
  }
  const model = parse(Model, values, KEYS.model, complain)
  const context = parse(ContextModel, values, KEYS.context, complain)
  if (model.contexts.length > 0) complain(`metadata "${KEYS.model}"`, 'no contexts')
  if (context.layers.length > 0) complain(`metadata "${KEYS.context}"`, 'no layers')
  return { model, context, exportedId }
}

const JSON_FORM = { enums: String, bytes: String, longs: Number } as const

/** A message class of generated/messages.js. */
interface MessageClass<T> {
  fromObject(object: { [k: string]: unknown }): T
  toObject(message: T, options: typeof JSON_FORM): object
}

/** Text that does not say exactly what it means (unknown fields, numbers as text, wrong types) is refused. */
function parse<T>(
  message: MessageClass<T>,
  values: ReadonlyMap<string, string>,
  key: string,
  complain: Complain,
): T {
  const place = `metadata "${key}"`
  const text = values.get(key) ?? complain(place, 'it to be there')
  let written: unknown
  let parsed: T
  try {
    written = JSON.parse(text)
    parsed = message.fromObject(written as { [k: string]: unknown })
  } catch (error) {
    return complain(place, `protobuf JSON: ${messageOf(error)}`)
  }
  const understood = message.toObject(parsed, JSON_FORM)
  if (!isDeepStrictEqual(understood, written)) {
    complain(place, 'protobuf JSON of proto/model.proto without unknown fields')
  }
  return parsed
}
