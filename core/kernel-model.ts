import { CONTEXT_NAMES } from './contexts.js'
import { FirsteightError } from './errors.js'
import { constantOf, type KernelConstants, namesByNumber } from './kernel-exports.js'
import type { ModelFile } from './model-file.js'

/**
 * Writes a checked model into the kernel's staging memory, where the kernel's loadModel() reads it.
 * @throws FirsteightError MODEL_UNSUPPORTED when a context is missing: the kernel scores all four
 */
export function stageModel(view: DataView, constants: KernelConstants, file: ModelFile): void {
  CONTEXT_NAMES.forEach((name, index) => {
    const context = file.byContext.get(name)
    if (context === undefined) {
      throw new FirsteightError('MODEL_UNSUPPORTED', `model ${file.model.name}: context ${name} is missing`, {
        hint: 'Train the model on captures that hold clean DNS of all four contexts.',
        details: { context: name },
      })
    }
    const staged = constantOf(constants, 'STAGING') + index * constantOf(constants, 'STAGED_BYTES')
    const at = (field: string) => staged + constantOf(constants, `STAGED_${field}`)
    const [first, second] = context.layers
    view.setInt32(at('HIDDEN'), first!.outputs!, true)
    view.setInt32(at('BOTTLENECK'), second!.outputs!, true)
    view.setFloat64(at('THRESHOLD'), context.threshold!, true)
    context.inputMask!.forEach((byte, offset) => {
      view.setUint8(at('MASK') + offset, byte)
    })

    let next = at('FLOATS')
    // A typed array takes them at once; it has the machine's byte order, which is little-endian wherever Node runs here.
    const put = (values: number[]) => {
      new Float32Array(view.buffer, next, values.length).set(values)
      next += values.length * 4
    }
    put(context.lossWeights!)
    for (const layer of context.layers!) {
      put(layer.weights!)
      put(layer.biases!)
    }
  })
}

/** The error for a fault that the kernel's loadModel() returned. */
export function modelFault(constants: KernelConstants, returned: number, file: ModelFile): FirsteightError {
  const fault = namesByNumber(constants, 'MODEL_FAULT_')[returned >> 8] ?? 'unknown'
  const context = CONTEXT_NAMES[returned & 255] ?? 'unknown'
  return new FirsteightError(
    'MODEL_INVALID',
    `model ${file.model.name}: context ${context}: kernel fault ${fault}`,
    {
      hint: 'Train the model again with this version of firsteight.',
      details: { context, fault },
    },
  )
}
