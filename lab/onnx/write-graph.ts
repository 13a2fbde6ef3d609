import { INPUT_BITS } from '../../core/model-rules.js'
import type { firsteight } from '../../generated/messages.js'
import { onnx } from '../../generated/onnx.js'
import { CLIP, QUARTER } from './operators.js'
import { FLOAT, writeTensor } from './tensor.js'

type Node = onnx.NodeProto.$Properties

const INT = onnx.AttributeProto.AttributeType.INT

/**
 * Dense layers as an ONNX graph: input `bits`, f32 [batch, 64], to output `reconstruction`, f32 [batch, 64]. Layer by
 * layer one Gemm, and after all but the last SQNL: c - c|c|/4 of the sum clipped to -2 to 2.
 */
export function writeGraph(
  name: string,
  layers: readonly firsteight.v1.Layer[],
): onnx.GraphProto.$Properties {
  const node: Node[] = []
  const initializer = [
    writeTensor('lowest', [], [-CLIP]),
    writeTensor('highest', [], [CLIP]),
    writeTensor('quarter', [], [QUARTER]),
  ]
  let value = 'bits'
  layers.forEach((layer, index) => {
    const place = `layer${index + 1}`
    const last = index === layers.length - 1
    const sums = last ? 'reconstruction' : `${place}.sums`
    initializer.push(
      writeTensor(`${place}.weights`, [layer.outputs, layer.inputs], layer.weights),
      writeTensor(`${place}.biases`, [layer.outputs], layer.biases),
    )
    node.push({
      ...operation('Gemm', [value, `${place}.weights`, `${place}.biases`], sums),
      attribute: [{ name: 'transB', type: INT, i: 1 }],
    })
    if (!last) node.push(...squareNonlinearity(place, sums))
    value = place
  })
  return { name, node, initializer, input: [bitVector('bits')], output: [bitVector('reconstruction')] }
}

/** The nodes from `sums` to the layer's output, which bears the layer's name. */
function squareNonlinearity(layer: string, sums: string): Node[] {
  const [clipped, magnitude, product, bend] = ['clipped', 'magnitude', 'product', 'bend'].map(
    (part) => `${layer}.${part}`,
  ) as [string, string, string, string]
  return [
    operation('Clip', [sums, 'lowest', 'highest'], clipped),
    operation('Abs', [clipped], magnitude),
    operation('Mul', [clipped, magnitude], product),
    operation('Mul', [product, 'quarter'], bend),
    operation('Sub', [clipped, bend], layer),
  ]
}

function operation(opType: string, input: string[], output: string): Node {
  return { name: `${output} (${opType})`, opType, input, output: [output] }
}

function bitVector(name: string): onnx.ValueInfoProto.$Properties {
  const dim = [{ dimParam: 'batch' }, { dimValue: INPUT_BITS }]
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } }
}
