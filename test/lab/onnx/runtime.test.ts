import { env, InferenceSession, Tensor } from 'onnxruntime-web'
import t, { type Test } from 'tap'
import type { ContextName } from '../../../core/contexts.js'
import { DEFAULT_MODEL_PATH } from '../../../core/default-model.js'
import { encodeModelFile, type ModelFile, readModelFile } from '../../../core/model-file.js'
import type { firsteight } from '../../../generated/messages.js'
import { exportOnnx } from '../../../lab/onnx/export.js'
import { forward, inputBits } from '../../reference/float.js'
import { evaluationSets, randomStreams } from '../../support/evaluation-streams.js'
import { randomModel } from '../../support/random-model.js'

/** ONNX Runtime computes in f32 and sums in an order of its own; the reference computes in f64. */
const TOLERANCE = 1e-5

env.wasm.numThreads = 1

/** The largest difference between an output of ONNX Runtime and that of the f64 reference. */
async function largestDifference(
  onnx: Uint8Array,
  context: firsteight.v1.ContextModel,
  streams: readonly Uint8Array[],
): Promise<number> {
  const inputs = streams.map((bytes) => inputBits(bytes, context.inputMask))
  const bits = new Tensor('float32', Float32Array.from(inputs.flat()), [inputs.length, 64])
  const session = await InferenceSession.create(onnx)
  const { reconstruction } = await session.run({ bits })
  await session.release()
  const values = reconstruction!.data as Float32Array
  let largest = 0
  inputs.forEach((input, row) => {
    forward(context.layers as firsteight.v1.Layer[], input)[3]!.forEach((expected, bit) => {
      largest = Math.max(largest, Math.abs(values[row * 64 + bit]! - expected))
    })
  })
  return largest
}

async function compare(
  t: Test,
  file: ModelFile,
  streamsOf: (context: ContextName) => Uint8Array[],
): Promise<void> {
  for (const [name, onnx] of exportOnnx(file)) {
    const streams = streamsOf(name)
    const difference = await largestDifference(onnx, file.byContext.get(name)!, streams)
    t.ok(difference <= TOLERANCE, `${name}: ${difference} at most over ${streams.length} inputs`)
    t.ok(streams.length >= 1000, 'a thousand inputs or more')
  }
}

t.test('ONNX Runtime reconstructs as the reference does: the default model', async (t) => {
  const sets = [...evaluationSets(2000).values()].flat()
  await compare(t, await readModelFile(DEFAULT_MODEL_PATH), (name) =>
    sets.filter(({ context }) => context === name).map(({ firstEight }) => firstEight),
  )
})

t.test('... and random models of every width', async (t) => {
  const streams = randomStreams(250).map(({ firstEight }) => firstEight)
  for (const hidden of [8, 16, 24, 32]) {
    for (const bottleneck of [8, 16]) {
      const model = randomModel({ seed: hidden + bottleneck, hidden, bottleneck, contexts: ['tcp-query'] })
      await compare(t, encodeModelFile(model), () => streams)
    }
  }
})
