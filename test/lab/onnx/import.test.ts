import t, { type Test } from 'tap'
import { DEFAULT_MODEL_PATH } from '../../../core/default-model.js'
import { FirsteightError } from '../../../core/errors.js'
import { encodeModelFile, readModelFile } from '../../../core/model-file.js'
import { onnx } from '../../../generated/onnx.js'
import { seededRandom } from '../../../lab/evaluate/statistics.js'
import { exportOnnx } from '../../../lab/onnx/export.js'
import { importOnnx, ONNX_FILE_LIMIT, type OnnxFile } from '../../../lab/onnx/import.js'
import { randomModel } from '../../support/random-model.js'

const original = await readModelFile(DEFAULT_MODEL_PATH)
const exported = filesOf(exportOnnx(original))

function filesOf(bytesByContext: Map<string, Uint8Array>): OnnxFile[] {
  return [...bytesByContext].map(([context, bytes]) => ({ name: `${context}.onnx`, bytes }))
}

/** The exported files, the first of them changed as a program elsewhere might have. */
function changed(change: (model: onnx.ModelProto, graph: onnx.GraphProto) => void): OnnxFile[] {
  const [first, ...rest] = exported as [OnnxFile, ...OnnxFile[]]
  const model = onnx.ModelProto.decode(Uint8Array.from(first.bytes))
  change(model, model.graph as onnx.GraphProto)
  return [{ name: first.name, bytes: onnx.ModelProto.encode(model).finish() }, ...rest]
}

function refuses(
  t: Test,
  what: string,
  files: OnnxFile[],
  place: RegExp,
  options?: { round?: boolean },
): void {
  t.throws(() => importOnnx(files, options), { code: 'ONNX_INVALID', message: place }, what)
}

t.test('an exported model comes back byte for byte, in whatever order its files are given', async (t) => {
  const { file, rounded, exportedId } = importOnnx([...exported].reverse())
  t.ok(Buffer.from(original.bytes).equals(file.bytes), 'the same bytes')
  t.equal(file.id, exportedId)
  t.equal(rounded, 0)
  for (const hidden of [8, 16, 24, 32]) {
    const random = encodeModelFile(randomModel({ seed: hidden, hidden, bottleneck: 16, magnitude: 3.9 }))
    t.ok(
      Buffer.from(random.bytes).equals(importOnnx(filesOf(exportOnnx(random))).file.bytes),
      'the same bytes',
    )
  }
})

t.test('the same network, written otherwise, is the same network', async (t) => {
  const files = changed((model, graph) => {
    model.producerName = 'another program'
    model.metadataProps.push({ key: 'another.key', value: 'anything' })
    model.opsetImport = [
      { domain: 'ai.onnx', version: 17 },
      { domain: 'com.example', version: 1 },
    ]
    for (const node of graph.node) {
      node.name = ''
      if (node.opType === 'Mul') node.input!.reverse()
    }
    const weights = graph.initializer.find(({ name }) => name === 'layer1.weights') as onnx.TensorProto
    const [rows, columns] = weights.dims as [number, number]
    const view = new DataView(weights.rawData.buffer, weights.rawData.byteOffset)
    weights.floatData = Array.from({ length: rows * columns }, (_, index) =>
      view.getFloat32(((index % rows) * columns + Math.floor(index / rows)) * 4, true),
    )
    weights.rawData = new Uint8Array()
    weights.dims = [columns, rows]
    graph.node[0]!.attribute = [{ name: 'alpha', f: 1 }]
    // c * (|c| / 4) instead of (c * |c|) / 4
    const [product, bend] = graph.node.filter(({ opType }) => opType === 'Mul')
    product!.input = ['quarter', 'layer1.magnitude']
    bend!.input = ['layer1.clipped', product!.output![0]!]
  })
  t.ok(Buffer.from(original.bytes).equals(importOnnx(files).file.bytes), 'the same bytes')
})

t.test('numbers off the grid are refused, or rounded and counted, and the lineage is kept', async (t) => {
  const files = changed((_, graph) => {
    const biases = graph.initializer.find(({ name }) => name === 'layer4.biases') as onnx.TensorProto
    biases.floatData = Array.from({ length: 64 }, (_, index) => (index < 3 ? 0.1 : 0.5))
    biases.rawData = new Uint8Array()
  })
  refuses(t, 'off the grid', files, /udp-query\.onnx: .*1\/1024 \(3 are not/)
  const { file, rounded, exportedId } = importOnnx(files, { round: true })
  t.equal(rounded, 3)
  t.equal(file.byContext.get('udp-query')!.layers[3]!.biases![0], 102 / 1024)
  t.equal(exportedId, original.id)
  t.not(file.id, original.id)
  t.equal(file.model.provenance?.parentModelId, original.id)
})

t.test('a changed model loses what was measured on the other one', async (t) => {
  const measured = encodeModelFile({
    ...original.model,
    contexts: original.model.contexts.map((context) => ({
      ...context,
      calibration: { losses: [0.01], patterns: [5], streams: [9] },
      confidence: {
        losses: [0.1],
        probabilities: [0.5],
        cleanPatterns: 2,
        attackPatterns: 2,
        attackLabels: 2,
      },
    })),
    gate: { confidence: 0.9, requiredPrecision: 0.9, precision: 0.8, alerts: 5, correctAlerts: 4 },
  })
  const files = filesOf(exportOnnx(measured))
  t.equal(importOnnx(files).file.id, measured.id, 'calibration and gate come back with an unchanged model')
  const { file } = importOnnx(files.slice(0, 3))
  t.equal(file.model.gate, null)
  t.equal(file.byContext.get('udp-query')!.calibration, null)
  t.equal(file.byContext.get('udp-query')!.confidence, null)
  t.equal(file.model.provenance?.parentModelId, measured.id)
})

t.test('a model made elsewhere needs few words', async (t) => {
  const [bare] = changed((model) => {
    const written = JSON.parse(model.metadataProps[1]!.value!)
    const { context, inputMask, lossWeights } = written
    model.metadataProps = [
      { key: 'firsteight.model', value: '{"schemaVersion": 1, "name": "elsewhere", "version": 1}' },
      {
        key: 'firsteight.context',
        value: JSON.stringify({ threshold: 0.25, lossWeights, inputMask, context }),
      },
    ]
  })
  const { file, exportedId } = importOnnx([bare!])
  t.equal(exportedId, '')
  t.match(file.model, { name: 'elsewhere', contexts: { length: 1 } })
  t.equal(file.byContext.get('udp-query')!.threshold, 0.25)
})

t.test('graphs that are something else are refused at the node', async (t) => {
  type Change = (graph: onnx.GraphProto, model: onnx.ModelProto) => void
  const cases: [string, RegExp, Change][] = [
    [
      'an unknown operator',
      /node "layer2.sums \(Gemm\)": expected one of the operators .*, not Softmax/,
      (graph) => (graph.node[6]!.opType = 'Softmax'),
    ],
    [
      'an operator of another domain',
      /not com\.example\.Gemm/,
      (graph) => (graph.node[0]!.domain = 'com.example'),
    ],
    ['an operator in the wrong place', /Sub, not Mul/, (graph) => (graph.node[5]!.opType = 'Mul')],
    [
      'a node left over',
      /between input and output/,
      (graph) => graph.node.push({ opType: 'Abs', input: ['bits'], output: ['extra'] }),
    ],
    ['a value twice', /not "layer1.clipped" again/, (graph) => (graph.node[2]!.output = ['layer1.clipped'])],
    ['a value from nowhere', /value "nowhere"/, (graph) => (graph.node[6]!.input![0] = 'nowhere')],
    ['a loop', /4 Gemm nodes/, (graph) => (graph.node[0]!.input![0] = 'layer3')],
    ['a factor three', /c - c \* \|c\|/, (graph) => (graph.node[4]!.input![1] = 'highest')],
    ['other bounds', /bounds -2 and 2/, (graph) => (graph.node[1]!.input![1] = 'highest')],
    ['weights that are computed', /to be an initializer/, (graph) => (graph.node[6]!.input![1] = 'layer1')],
    ['alpha 2', /alpha 1/, (graph) => graph.node[0]!.attribute!.push({ name: 'alpha', f: 2 })],
    [
      'a strange attribute',
      /alpha 1/,
      (graph) => graph.node[0]!.attribute!.push({ name: '__proto__', i: 1 }),
    ],
    ['attributes elsewhere', /no attributes/, (graph) => (graph.node[2]!.attribute = [{ name: 'to', i: 1 }])],
    ['too few inputs', /3 inputs, not 2/, (graph) => graph.node[0]!.input!.pop()],
    ['two outputs', /one output/, (graph) => graph.node[0]!.output!.push('second')],
    ['two inputs', /one input, not 2/, (graph) => graph.input.push({ name: 'second' })],
    [
      'another width',
      /\[batch, 64\]/,
      (graph) => {
        graph.input[0]!.type!.tensorType!.shape!.dim![1]!.dimValue = 32
      },
    ],
    ['no graph', /model: expected a graph/, (_, model) => (model.graph = null)],
    ['an old operator set', /version 11 to/, (_, model) => (model.opsetImport[0]!.version = 9)],
    ['functions', /no functions/, (_, model) => model.functions.push(Uint8Array.of(1))],
    ['sparse tensors', /no sparse/, (graph) => graph.sparseInitializer.push(Uint8Array.of(1))],
    [
      'too many nodes',
      /at most 64 nodes/,
      (graph) => {
        while (graph.node.length < 65)
          graph.node.push({ opType: 'Abs', input: ['bits'], output: [`${graph.node.length}`] })
      },
    ],
  ]
  for (const [what, place, change] of cases) {
    refuses(
      t,
      what,
      changed((model, graph) => change(graph, model)),
      place,
    )
  }
})

t.test('tensors are checked value by value', async (t) => {
  const cases: [string, RegExp, (tensor: onnx.TensorProto) => void][] = [
    ['NaN', /tensor "layer1.weights"\[5\]: expected a finite/, ({ rawData }) => rawData.fill(255, 20, 24)],
    ['another type', /data type FLOAT \(1\), not 11/, (tensor) => (tensor.dataType = 11)],
    [
      'external data',
      /in the file/,
      (tensor) => tensor.externalData.push({ key: 'location', value: '/etc/passwd' }),
    ],
    [
      'too few values',
      /2048 values, as its sizes say, not 2047/,
      (tensor) => {
        tensor.rawData = tensor.rawData.subarray(4)
      },
    ],
    ['a part of a value', /not 2047.75/, (tensor) => (tensor.rawData = tensor.rawData.subarray(1))],
    ['huge sizes', /values, as its sizes say/, (tensor) => (tensor.dims = [2 ** 40, 2 ** 40])],
    ['a size of 0', /sizes above 0/, (tensor) => (tensor.dims = [0, 64])],
    ['one dimension', /two dimensions/, (tensor) => (tensor.dims = [2048])],
    ['both kinds of values', /either/, (tensor) => tensor.floatData.push(1)],
    ['the name again', /each name once/, (tensor) => (tensor.name = 'lowest')],
  ]
  for (const [what, place, change] of cases) {
    const files = changed((_, graph) => {
      change(graph.initializer.find(({ name }) => name === 'layer1.weights') as onnx.TensorProto)
    })
    refuses(t, what, files, place)
  }
  const large = changed((_, graph) => {
    const biases = graph.initializer.find(({ name }) => name === 'layer4.biases') as onnx.TensorProto
    biases.floatData = new Array(64).fill(17)
    biases.rawData = new Uint8Array()
  })
  t.throws(() => importOnnx(large), { code: 'MODEL_INVALID', message: /biases\[0\]/ })
})

t.test('metadata is checked, and must agree between the files', async (t) => {
  const withValue = (index: number, value: string) =>
    changed((model) => {
      model.metadataProps[index]!.value = value
    })
  const edited = (index: number, edit: (json: Record<string, unknown>) => void) =>
    changed((model) => {
      const json = JSON.parse(model.metadataProps[index]!.value!)
      edit(json)
      model.metadataProps[index]!.value = JSON.stringify(json)
    })
  const [model, context, id] = [0, 1, 2]
  refuses(t, 'no JSON', withValue(model, '{'), /metadata "firsteight.model"/)
  refuses(t, 'not an object', withValue(context, '7'), /metadata "firsteight.context"/)
  refuses(t, 'a bad id', withValue(id, 'x'), /hexadecimal/)
  refuses(
    t,
    'another model',
    edited(model, (json) => (json.name = 'other')),
    /the same model|as in/,
  )
  refuses(
    t,
    'an unknown field',
    edited(context, (json) => (json.unknown = 1)),
    /without unknown fields/,
  )
  refuses(
    t,
    'numbers as text',
    edited(context, (json) => (json.threshold = '0.5')),
    /without unknown/,
  )
  refuses(
    t,
    'layers beside the graph',
    edited(context, (json) => (json.layers = [{ inputs: 64 }])),
    /no layers/,
  )
  refuses(
    t,
    'contexts beside the graph',
    edited(model, (json) => (json.contexts = [{}])),
    /no contexts/,
  )
  refuses(
    t,
    'a context twice',
    edited(context, (json) => (json.context = 'TCP_QUERY')),
    /each context in one/,
  )
  refuses(
    t,
    'no context',
    edited(context, (json) => delete json.context),
    /a known context/,
  )
  refuses(
    t,
    'no metadata',
    changed((model) => {
      model.metadataProps = []
    }),
    /metadata "firsteight.model": expected it to be there/,
  )
  refuses(t, 'nothing', [], /at least one/)
  t.throws(() => importOnnx(edited(context, (json) => (json.threshold = 65))), {
    code: 'MODEL_INVALID',
    message: /threshold/,
  })
})

t.test('hostile bytes: cut at every length, bits flipped, too long', async (t) => {
  const [{ name, bytes }] = exported as [OnnxFile]
  let refused = 0
  const attempt = (hostile: Uint8Array) => {
    try {
      importOnnx([{ name, bytes: hostile }], { round: true })
    } catch (error) {
      if (!(error instanceof FirsteightError)) throw error
      if (!/^(ONNX_INVALID|MODEL_INVALID|MODEL_UNSUPPORTED)$/.test(error.code)) t.fail(`${error}`)
      refused++
    }
  }
  const graphStart = Buffer.from(bytes).indexOf('Gemm') - 64
  for (let length = 0; length < bytes.length; length += length < graphStart + 600 ? 1 : 101) {
    attempt(bytes.subarray(0, length))
  }
  t.ok(refused > 600, 'no part of a file is taken for a file')
  const random = seededRandom(3)
  for (let attempts = 0; attempts < 3000; attempts++) {
    const flipped = Uint8Array.from(bytes)
    // Most of the file is weights; aim half of the flips at the structure around them.
    const range = attempts % 2 === 0 ? 1200 : bytes.length
    for (let flips = 0; flips <= attempts % 4; flips++) {
      flipped[Math.floor(random() * range)]! ^= 1 << Math.floor(random() * 8)
    }
    attempt(flipped)
  }
  refuses(t, 'too long', [{ name, bytes: new Uint8Array(ONNX_FILE_LIMIT + 1) }], /at most 1048576 bytes/)
})
