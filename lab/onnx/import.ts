import { isDeepStrictEqual } from 'node:util'
import { contextName } from '../../core/contexts.js'
import { messageOf } from '../../core/errors.js'
import { encodeModelFile, MODEL_FILE_LIMIT, type ModelFile } from '../../core/model-file.js'
import { GRID } from '../../core/model-rules.js'
import protobuf from '../../core/protobuf.js'
import type { firsteight } from '../../generated/messages.js'
import { onnx } from '../../generated/onnx.js'
import { type Complain, complainAbout } from './invalid.js'
import { type Metadata, readMetadata } from './metadata.js'
import { OPSETS } from './operators.js'
import { readGraph } from './read-graph.js'

/** An ONNX file may be at most this long, bytes; the largest network needs about 30 KiB. */
export const ONNX_FILE_LIMIT = MODEL_FILE_LIMIT

export interface OnnxFile {
  /** For messages. */
  name: string
  /** Untrusted. */
  bytes: Uint8Array
}

export interface Imported {
  file: ModelFile
  /** Weights and biases that were not on the grid of 1/1024 and have been rounded to it. */
  rounded: number
  /** Id of the model that the files were exported from, or empty. */
  exportedId: string
}

/**
 * Joins ONNX files, one a context, to a model. Files of an exported model give that model back, byte for byte. If
 * anything was changed, the model that they were exported from becomes its parent; calibration, confidence and the
 * escalation gate, which were measured on that one, are left out.
 * @param options.round takes numbers off the grid of 1/1024 to the nearest point; otherwise they are refused
 * @throws FirsteightError ONNX_INVALID naming file and node, tensor or metadata; MODEL_INVALID and
 *   MODEL_UNSUPPORTED when the joined model is not one that `core/model-file.ts` takes
 */
export function importOnnx(files: readonly OnnxFile[], options: { round?: boolean } = {}): Imported {
  let rounded = 0
  let first: Metadata | undefined
  const contexts = new Map<number, firsteight.v1.ContextModel.$Properties>()
  for (const { name, bytes } of files) {
    const complain = complainAbout(name)
    const { metadata, layers } = readModel(bytes, complain)
    first ??= metadata
    if (metadata.exportedId !== first.exportedId || !isDeepStrictEqual(metadata.model, first.model)) {
      complain('metadata', `the same model as in ${files[0]!.name}`)
    }
    const { context } = metadata.context
    if (contextName(context) === undefined) complain('metadata "firsteight.context"', 'a known context')
    if (contexts.has(context)) complain('metadata "firsteight.context"', 'each context in one file')
    rounded += toGrid(layers, options.round === true, complain)
    contexts.set(context, { ...metadata.context, layers })
  }
  if (!first) return complainAbout('import')('files', 'at least one')
  const { model, exportedId } = first
  const ordered = [...contexts].sort(([left], [right]) => left - right).map(([, context]) => context)
  const file = encodeModelFile({ ...model, contexts: ordered })
  if (file.id === exportedId) return { file, rounded, exportedId }
  const uncalibrated = ordered.map((context) => ({ ...context, calibration: null, confidence: null }))
  const provenance = { ...model.provenance, ...(exportedId !== '' && { parentModelId: exportedId }) }
  return {
    file: encodeModelFile({ ...model, contexts: uncalibrated, provenance, gate: null }),
    rounded,
    exportedId,
  }
}

function readModel(
  bytes: Uint8Array,
  complain: Complain,
): { metadata: Metadata; layers: firsteight.v1.Layer.$Properties[] } {
  if (bytes.length > ONNX_FILE_LIMIT) complain('file', `at most ${ONNX_FILE_LIMIT} bytes`)
  const model = decode(bytes, complain)
  const standard = (domain: string) => domain === '' || domain === 'ai.onnx'
  const opsets = (model.opsetImport as onnx.OperatorSetIdProto[]).filter(({ domain }) => standard(domain))
  const { lowest, highest } = OPSETS
  if (opsets.length !== 1 || !(opsets[0]!.version >= lowest && opsets[0]!.version <= highest)) {
    complain('opset_import', `the standard operators once, version ${lowest} to ${highest}`)
  }
  if (model.functions.length > 0 || model.trainingInfo.length > 0) {
    complain('model', 'no functions and no training_info')
  }
  if (!model.graph) return complain('model', 'a graph')
  const metadata = readMetadata(model.metadataProps, complain)
  return { metadata, layers: readGraph(model.graph as onnx.GraphProto, complain) }
}

function decode(bytes: Uint8Array, complain: Complain): onnx.ModelProto {
  const reader = protobuf.Reader.create(bytes)
  reader.discardUnknown = true
  try {
    return onnx.ModelProto.decode(reader)
  } catch (error) {
    return complain(`byte ${reader.pos}`, `an ONNX model: ${messageOf(error)}`)
  }
}

/** @returns how many numbers were rounded */
function toGrid(layers: firsteight.v1.Layer.$Properties[], round: boolean, complain: Complain): number {
  let rounded = 0
  for (const layer of layers) {
    for (const numbers of [layer.weights!, layer.biases!]) {
      numbers.forEach((value, index) => {
        if (Number.isInteger(value * GRID)) return
        // Plus zero turns -0 into 0, whose bytes differ.
        numbers[index] = Math.round(value * GRID) / GRID + 0
        rounded++
      })
    }
  }
  if (rounded > 0 && !round) {
    complain(
      'weights and biases',
      `multiples of 1/${GRID} (${rounded} are not; --round takes them to the nearest)`,
    )
  }
  return rounded
}
