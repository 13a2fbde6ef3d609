import type { ContextName } from '../../core/contexts.js'
import type { ModelFile } from '../../core/model-file.js'
import { VERSION } from '../../core/version.js'
import type { firsteight } from '../../generated/messages.js'
import { onnx } from '../../generated/onnx.js'
import { writeMetadata } from './metadata.js'
import { IR_VERSION, OPSET } from './operators.js'
import { writeGraph } from './write-graph.js'

/**
 * A model as ONNX, one file a context (docs/onnx.md). Equal models give equal bytes.
 * @returns the bytes of each context's file
 */
export function exportOnnx(file: ModelFile): Map<ContextName, Uint8Array> {
  return new Map(
    [...file.byContext].map(([name, context]) => {
      const model: onnx.ModelProto.$Properties = {
        irVersion: IR_VERSION,
        producerName: 'firsteight',
        producerVersion: VERSION,
        modelVersion: file.model.version,
        graph: writeGraph(name, context.layers as firsteight.v1.Layer[]),
        opsetImport: [{ domain: '', version: OPSET }],
        metadataProps: writeMetadata(file, context),
      }
      return [name, onnx.ModelProto.encode(model).finish()]
    }),
  )
}
