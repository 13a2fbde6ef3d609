import { INPUT_BITS } from '../../core/model-rules.js'
import { firsteight } from '../../generated/messages.js'
import type { onnx } from '../../generated/onnx.js'
import type { Complain } from './invalid.js'
import { CLIP, OPERATORS, QUARTER } from './operators.js'
import { FLOAT, readTensor, type Tensor } from './tensor.js'

const { Activation } = firsteight.v1

const LAYERS = 4

/** More nodes than this cannot be four dense layers. */
const NODE_LIMIT = 64

type Node = onnx.NodeProto

/**
 * The dense layers of a graph such as `writeGraph` makes. Names, the order of Mul's operands and Gemm's transB are
 * free; everything else must be as written there, and nothing may be left over.
 */
export function readGraph(graph: onnx.GraphProto, complain: Complain): firsteight.v1.Layer.$Properties[] {
  return new GraphReader(graph, complain).layers()
}

class GraphReader {
  /** By the value that each gives. */
  private readonly nodes = new Map<string, Node>()
  private readonly constants = new Map<string, Tensor>()
  private readonly used = new Set<Node>()
  private readonly input: string
  private readonly output: string

  constructor(
    graph: onnx.GraphProto,
    private readonly complain: Complain,
  ) {
    if (graph.sparseInitializer.length > 0 || graph.quantizationAnnotation.length > 0) {
      complain('graph', 'no sparse_initializer and no quantization_annotation')
    }
    for (const tensor of graph.initializer as onnx.TensorProto[]) {
      if (this.constants.has(tensor.name)) complain(`tensor "${tensor.name}"`, 'each name once')
      this.constants.set(tensor.name, readTensor(tensor, complain))
    }
    // Before IR version 4, initializers are listed among the inputs, too.
    const inputs = graph.input.filter(({ name }) => !this.constants.has(name ?? ''))
    this.input = this.bitVector(inputs as onnx.ValueInfoProto[], 'input')
    this.output = this.bitVector(graph.output as onnx.ValueInfoProto[], 'output')
    if (graph.node.length > NODE_LIMIT) complain('graph', `at most ${NODE_LIMIT} nodes`)
    for (const node of graph.node as Node[]) this.addNode(node)
  }

  /** Walks from the output back to the input. */
  layers(): firsteight.v1.Layer.$Properties[] {
    const layers: firsteight.v1.Layer.$Properties[] = []
    let value = this.output
    while (value !== this.input) {
      if (layers.length === LAYERS) this.complain('graph', `${LAYERS} Gemm nodes from input to output`)
      const sums = layers.length === 0 ? value : this.squareNonlinearity(value)
      const { node, layer } = this.dense(sums)
      layers.unshift({ ...layer, activation: layers.length === 0 ? Activation.LINEAR : Activation.SQNL })
      value = node.input[0]!
    }
    for (const node of this.nodes.values()) {
      if (!this.used.has(node)) this.complain(nameOf(node), 'to lie between input and output')
    }
    return layers
  }

  private bitVector(values: onnx.ValueInfoProto[], kind: string): string {
    const [value] = values
    if (values.length !== 1 || !value) return this.complain('graph', `one ${kind}, not ${values.length}`)
    const { elemType, shape } = value.type?.tensorType ?? {}
    const dims = shape?.dim ?? []
    if (elemType !== FLOAT || dims.length !== 2 || dims[1]!.dimValue !== INPUT_BITS) {
      this.complain(`${kind} "${value.name}"`, `f32 of shape [batch, ${INPUT_BITS}]`)
    }
    return value.name
  }

  private addNode(node: Node): void {
    const known = (OPERATORS as readonly string[]).includes(node.opType)
    if (!known || (node.domain !== '' && node.domain !== 'ai.onnx')) {
      const operator = node.domain === '' ? node.opType : `${node.domain}.${node.opType}`
      this.complain(nameOf(node), `one of the operators ${OPERATORS.join(', ')}, not ${operator}`)
    }
    const [output = ''] = node.output
    if (node.output.length !== 1 || output === '') this.complain(nameOf(node), 'one output')
    if (this.nodes.has(output) || this.constants.has(output) || output === this.input) {
      this.complain(nameOf(node), `an output of its own, not "${output}" again`)
    }
    if (node.opType !== 'Gemm' && node.attribute.length > 0) this.complain(nameOf(node), 'no attributes')
    this.nodes.set(output, node)
  }

  /** The node of this operator, with as many inputs, that gives the value. */
  private take(value: string, opType: string, inputs: number): Node {
    const node = this.nodes.get(value)
    if (!node) return this.complain(`value "${value}"`, `a ${opType} node that gives it`)
    if (node.opType !== opType) this.complain(nameOf(node), `${opType}, not ${node.opType}`)
    if (node.input.length !== inputs)
      this.complain(nameOf(node), `${inputs} inputs, not ${node.input.length}`)
    this.used.add(node)
    return node
  }

  private constant(node: Node, index: number): Tensor {
    const name = node.input[index]!
    return this.constants.get(name) ?? this.complain(nameOf(node), `input "${name}" to be an initializer`)
  }

  /** value = c - c * |c| * 0.25 with c = Clip(sums, -2, 2). @returns the name of sums */
  private squareNonlinearity(value: string): string {
    const sub = this.take(value, 'Sub', 2)
    const [clipped, bend] = sub.input as [string, string]
    const factors = this.factors(bend)
    const magnitude = factors.find((factor) => this.nodes.get(factor)?.opType === 'Abs')
    const quarter = factors.find((factor) => isScalar(this.constants.get(factor), QUARTER))
    const complete = factors.length === 3 && factors.includes(clipped) && quarter !== undefined
    if (!complete || magnitude === undefined || this.take(magnitude, 'Abs', 1).input[0] !== clipped) {
      this.complain(nameOf(sub), `c - c * |c| * ${QUARTER} of one clipped sum c`)
    }
    const clip = this.take(clipped, 'Clip', 3)
    if (!isScalar(this.constant(clip, 1), -CLIP) || !isScalar(this.constant(clip, 2), CLIP)) {
      this.complain(nameOf(clip), `the bounds -${CLIP} and ${CLIP}`)
    }
    return clip.input[0]!
  }

  /** The three factors of a product of two Mul nodes, however they are nested. */
  private factors(value: string): string[] {
    const outer = this.take(value, 'Mul', 2)
    return outer.input.flatMap((operand) =>
      this.nodes.get(operand)?.opType === 'Mul' ? this.take(operand, 'Mul', 2).input : [operand],
    )
  }

  private dense(value: string): { node: Node; layer: firsteight.v1.Layer.$Properties } {
    const node = this.take(value, 'Gemm', 3)
    const attributes = this.attributes(node)
    const weights = this.constant(node, 1)
    const biases = this.constant(node, 2)
    if (weights.dims.length !== 2) this.complain(nameOf(node), 'weights of two dimensions')
    const [rows, columns] = weights.dims as [number, number]
    const [outputs, inputs] = attributes.transB === 1 ? [rows, columns] : [columns, rows]
    if (biases.values.length !== outputs || biases.dims.at(-1) !== outputs) {
      this.complain(nameOf(node), `${outputs} biases, one an output`)
    }
    const byRow =
      attributes.transB === 1
        ? Array.from(weights.values)
        : Array.from({ length: rows * columns }, (_, index) => {
            const output = Math.floor(index / inputs)
            return weights.values[(index % inputs) * columns + output]!
          })
    return { node, layer: { inputs, outputs, weights: byRow, biases: Array.from(biases.values) } }
  }

  /** Gemm's attributes: alpha and beta 1, transA 0, transB 0 or 1. */
  private attributes(node: Node): { transB: number } {
    const allowed: Record<string, readonly number[]> = { alpha: [1], beta: [1], transA: [0], transB: [0, 1] }
    let transB = 0
    for (const attribute of node.attribute as onnx.AttributeProto[]) {
      const { name, refAttrName } = attribute
      const value = name === 'alpha' || name === 'beta' ? attribute.f : attribute.i
      if (!Object.hasOwn(allowed, name) || !allowed[name]!.includes(value) || refAttrName !== '') {
        this.complain(nameOf(node), 'attributes alpha 1, beta 1, transA 0 and transB 0 or 1 alone')
      }
      if (name === 'transB') transB = value
    }
    return { transB }
  }
}

function isScalar(tensor: Tensor | undefined, value: number): boolean {
  return tensor?.values.length === 1 && tensor.values[0] === value
}

function nameOf(node: Node): string {
  return `node "${node.name || node.output[0] || ''}"`
}
