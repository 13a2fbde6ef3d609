import type { firsteight } from '../../generated/messages.js'
import type { BatchRunner } from './batched.js'

/** What is used of @tensorflow/tfjs-core, which is not among the project's packages. */
interface Tensorflow {
  setBackend(name: 'wasm'): Promise<boolean>
  tensor2d(values: Float32Array, shape: readonly [number, number]): Tensor
  tensor1d(values: Float32Array): Tensor
  scalar(value: number): Tensor
  transpose(x: Tensor): Tensor
  matMul(a: Tensor, b: Tensor): Tensor
  add(a: Tensor, b: Tensor): Tensor
  sub(a: Tensor, b: Tensor): Tensor
  mul(a: Tensor, b: Tensor): Tensor
  abs(x: Tensor): Tensor
  clipByValue(x: Tensor, lowest: number, highest: number): Tensor
  tidy(body: () => Tensor): Tensor
}

interface Tensor {
  dataSync(): Float32Array
  dispose(): void
}

/** The network in TensorFlow.js on its WebAssembly backend: from bits to losses. */
export async function tensorflow(
  require: NodeJS.Require,
  context: firsteight.v1.ContextModel,
): Promise<BatchRunner> {
  const tf: Tensorflow = require('@tensorflow/tfjs-core')
  require('@tensorflow/tfjs-backend-wasm')
  if (!(await tf.setBackend('wasm'))) throw new Error('its wasm backend does not start')
  const layers = (context.layers as firsteight.v1.Layer[]).map(({ inputs, outputs, weights, biases }) => ({
    weights: tf.transpose(tf.tensor2d(Float32Array.from(weights), [outputs, inputs])),
    biases: tf.tensor1d(Float32Array.from(biases)),
  }))
  const lossWeights = tf.tensor2d(
    Float32Array.from(context.lossWeights, (weight) => weight / 64),
    [64, 1],
  )
  const quarter = tf.scalar(0.25)

  function losses(bits: Tensor): Tensor {
    let value = bits
    layers.forEach(({ weights, biases }, index) => {
      value = tf.add(tf.matMul(value, weights), biases)
      if (index === layers.length - 1) return
      const clipped = tf.clipByValue(value, -2, 2)
      value = tf.sub(clipped, tf.mul(tf.mul(clipped, tf.abs(clipped)), quarter))
    })
    const errors = tf.sub(bits, value)
    return tf.matMul(tf.mul(errors, errors), lossWeights)
  }

  return {
    name: 'tfjs-wasm',
    input(patterns) {
      const bits = new Float32Array(patterns * 64)
      return {
        bits,
        async scores() {
          const result = tf.tidy(() => losses(tf.tensor2d(bits, [patterns, 64])))
          const scores = result.dataSync()
          result.dispose()
          return scores
        },
      }
    },
    async close() {},
  }
}
