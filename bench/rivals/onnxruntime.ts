import type { ContextName } from '../../core/contexts.js'
import type { ModelFile } from '../../core/model-file.js'
import { onnx } from '../../generated/onnx.js'
import { exportOnnx } from '../../lab/onnx/export.js'
import { FLOAT, writeTensor } from '../../lab/onnx/tensor.js'
import type { BatchRunner } from './batched.js'

/** What is used of onnxruntime-node, which is not among the project's packages. */
interface OnnxRuntime {
  InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> }
  Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => object
}

interface Session {
  run(feeds: Record<string, object>): Promise<Record<string, { data: Float32Array }>>
  release(): Promise<void>
}

/** The network in onnxruntime-node, on one thread, as firsteight's kernel runs: from bits to losses. */
export async function onnxRuntime(
  require: NodeJS.Require,
  file: ModelFile,
  context: ContextName,
): Promise<BatchRunner> {
  const { InferenceSession, Tensor }: OnnxRuntime = require('onnxruntime-node')
  const session = await InferenceSession.create(withLoss(file, context), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  })
  return {
    name: 'onnxruntime',
    input(patterns) {
      const bits = new Float32Array(patterns * 64)
      const tensor = new Tensor('float32', bits, [patterns, 64])
      return { bits, scores: async () => (await session.run({ bits: tensor })).loss!.data }
    },
    close: () => session.release(),
  }
}

/** The exported network with the weighted error behind it, so that it gives the same as the kernel: losses. */
function withLoss(file: ModelFile, name: ContextName): Uint8Array {
  const model = onnx.ModelProto.decode(exportOnnx(file).get(name)!)
  const graph = model.graph as onnx.GraphProto
  const weights = file.byContext.get(name)!.lossWeights.map((weight) => weight / 64)
  graph.initializer.push(writeTensor('loss_weights', [64, 1], weights) as onnx.TensorProto)
  graph.node.push(
    operation('Sub', ['bits', 'reconstruction'], 'errors'),
    operation('Mul', ['errors', 'errors'], 'squares'),
    operation('MatMul', ['squares', 'loss_weights'], 'loss'),
  )
  const dim = [{ dimParam: 'batch' }, { dimValue: 1 }]
  graph.output = [{ name: 'loss', type: { tensorType: { elemType: FLOAT, shape: { dim } } } }]
  return onnx.ModelProto.encode(model).finish()
}

function operation(opType: string, input: string[], output: string): onnx.NodeProto {
  return { name: output, opType, input, output: [output] } as onnx.NodeProto
}
