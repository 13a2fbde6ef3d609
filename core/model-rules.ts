import { firsteight } from '../generated/messages.js'
import { checkCalibration, checkConfidence, checkGate } from './calibration-rules.js'
import { contextName } from './contexts.js'
import { FirsteightError } from './errors.js'
import { type Complain, checkCount, checkLoss, checkText, LOSS_LIMIT } from './model-checks.js'

/** The schema version of proto/model.proto that this code reads and writes. */
export const SCHEMA_VERSION = 1

/** Input and output bits of every network. */
export const INPUT_BITS = 64

/** Units of the deployed number format: weights, biases and activations are multiples of 1/1024 (Q10). */
export const GRID = 1024

/** Largest magnitude of a weight or bias. */
export const WEIGHT_LIMIT = 16

/** Widths of the first and third hidden layer that the kernel can run. */
export const HIDDEN_WIDTHS: readonly number[] = [8, 16, 24, 32]

/** Widths of the bottleneck that the kernel can run. */
export const BOTTLENECK_WIDTHS: readonly number[] = [8, 16]

/** Largest magnitude of a first-layer sum, bias and all, for any input, Q10: the kernel adds it up in int16. */
export const FIRST_SUM_LIMIT = 32767

const { Activation } = firsteight.v1

/**
 * Checks every rule that the scoring kernel relies on.
 * @throws FirsteightError MODEL_INVALID naming the field and what was expected
 */
export function checkModel(model: firsteight.v1.Model, file: string): void {
  const complain: Complain = (path, expected) => {
    throw new FirsteightError('MODEL_INVALID', `${file}: ${path}: expected ${expected}`, {
      hint: 'The file is whole but not usable; train the model again.',
      details: { file, field: path },
    })
  }
  if (model.name === '') complain('name', 'at least one character')
  checkText(model.name, 'name', complain)
  checkCount(model.version, 'version', complain)
  if (model.version < 1) complain('version', 'at least 1')
  if (model.contexts.length === 0) complain('contexts', 'at least one context')
  let previous = 0
  model.contexts.forEach((entry, index) => {
    // Decoded messages are whole: protobufjs' prototypes supply the default of every absent field.
    const context = entry as firsteight.v1.ContextModel
    const path = `contexts[${index}]`
    if (contextName(context.context) === undefined) complain(`${path}.context`, 'a known context')
    if (context.context <= previous) complain(`${path}.context`, 'each context once, in ascending order')
    previous = context.context
    checkContext(context, path, complain)
  })
  checkProvenance(model.provenance, complain)
  if (model.gate != null) checkGate(model.gate, complain)
}

function checkContext(context: firsteight.v1.ContextModel, path: string, complain: Complain): void {
  if (context.inputMask.length !== INPUT_BITS / 8) complain(`${path}.input_mask`, '8 bytes')
  const layers = context.layers as firsteight.v1.Layer[]
  if (layers.length !== 4) complain(`${path}.layers`, '4 layers')
  const hidden = layers[0]!.outputs
  const bottleneck = layers[1]!.outputs
  if (!HIDDEN_WIDTHS.includes(hidden))
    complain(`${path}.layers[0].outputs`, `one of ${HIDDEN_WIDTHS.join(', ')}`)
  if (!BOTTLENECK_WIDTHS.includes(bottleneck)) {
    complain(`${path}.layers[1].outputs`, `one of ${BOTTLENECK_WIDTHS.join(', ')}`)
  }
  const widths = [INPUT_BITS, hidden, bottleneck, hidden, INPUT_BITS]
  layers.forEach((layer, index) => {
    checkLayer(layer, widths[index]!, widths[index + 1]!, index === 3, `${path}.layers[${index}]`, complain)
  })
  checkFirstSums(layers[0]!, context.inputMask, `${path}.layers[0]`, complain)
  checkLossWeights(context, `${path}.loss_weights`, complain)
  if (!(context.threshold > 0 && context.threshold < LOSS_LIMIT)) {
    complain(`${path}.threshold`, `more than 0 and less than ${LOSS_LIMIT}`)
  }
  checkText(context.thresholdMethod, `${path}.threshold_method`, complain)
  checkCount(context.trainingStreams, `${path}.training_streams`, complain)
  checkCount(context.trainingPatterns, `${path}.training_patterns`, complain)
  checkCount(context.heldOutStreams, `${path}.held_out_streams`, complain)
  checkCount(context.heldOutPatterns, `${path}.held_out_patterns`, complain)
  checkLoss(context.highestTrainingLoss, `${path}.highest_training_loss`, complain)
  checkLoss(context.highestHeldOutLoss, `${path}.highest_held_out_loss`, complain)
  if (context.calibration != null) checkCalibration(context.calibration, `${path}.calibration`, complain)
  if (context.confidence != null) checkConfidence(context.confidence, `${path}.confidence`, complain)
}

function checkLayer(
  layer: firsteight.v1.Layer,
  inputs: number,
  outputs: number,
  last: boolean,
  path: string,
  complain: Complain,
): void {
  if (layer.inputs !== inputs) complain(`${path}.inputs`, `${inputs}`)
  if (layer.outputs !== outputs) complain(`${path}.outputs`, `${outputs}`)
  const activation = last ? Activation.LINEAR : Activation.SQNL
  if (layer.activation !== activation) complain(`${path}.activation`, Activation[activation]!)
  if (layer.weights.length !== inputs * outputs) complain(`${path}.weights`, `${inputs * outputs} numbers`)
  if (layer.biases.length !== outputs) complain(`${path}.biases`, `${outputs} numbers`)
  for (const [field, numbers] of [
    ['weights', layer.weights],
    ['biases', layer.biases],
  ] as const) {
    const wrong = numbers.findIndex(
      (value) => !(Math.abs(value) <= WEIGHT_LIMIT && Number.isInteger(value * GRID)),
    )
    if (wrong !== -1) {
      complain(
        `${path}.${field}[${wrong}]`,
        `a multiple of 1/${GRID} from -${WEIGHT_LIMIT} to ${WEIGHT_LIMIT}`,
      )
    }
  }
}

/** For each hidden unit: the magnitudes of its bias and of its unmasked bits' weights, summed, must fit int16. */
function checkFirstSums(
  layer: firsteight.v1.Layer,
  mask: Uint8Array,
  path: string,
  complain: Complain,
): void {
  for (const [unit, bias] of layer.biases.entries()) {
    let sum = Math.abs(bias)
    for (let bit = 0; bit < INPUT_BITS; bit++) {
      if (maskBit(mask, bit)) sum += Math.abs(layer.weights[unit * INPUT_BITS + bit]!)
    }
    if (sum * GRID > FIRST_SUM_LIMIT) {
      complain(
        `${path}, unit ${unit}`,
        `magnitudes of its bias and ${INPUT_BITS} weights to sum to at most ${FIRST_SUM_LIMIT}/${GRID}`,
      )
    }
  }
}

function checkLossWeights(context: firsteight.v1.ContextModel, path: string, complain: Complain): void {
  const weights = context.lossWeights
  if (weights.length !== INPUT_BITS) complain(path, `${INPUT_BITS} numbers`)
  weights.forEach((weight, bit) => {
    if (!(weight >= 0 && weight <= 1)) complain(`${path}[${bit}]`, 'a number from 0 to 1')
    if (weight !== 0 && !maskBit(context.inputMask, bit))
      complain(`${path}[${bit}]`, '0 where input_mask is 0')
  })
  if (!weights.includes(1)) complain(path, 'a largest weight of 1')
}

function checkProvenance(
  provenance: firsteight.v1.Provenance.$Properties | null | undefined,
  complain: Complain,
): void {
  if (provenance == null) return
  checkText(provenance.toolVersion ?? '', 'provenance.tool_version', complain)
  provenance.settings?.forEach((setting, index) => {
    checkText(setting.name ?? '', `provenance.settings[${index}].name`, complain)
    checkText(setting.value ?? '', `provenance.settings[${index}].value`, complain)
  })
  provenance.sources?.forEach((source, index) => {
    checkText(source.name ?? '', `provenance.sources[${index}].name`, complain)
    checkText(source.role ?? '', `provenance.sources[${index}].role`, complain)
    if (!/^[0-9a-f]{64}$/.test(source.sha256 ?? '')) {
      complain(`provenance.sources[${index}].sha256`, '64 lower-case hexadecimal digits')
    }
  })
  if (!/^([0-9a-f]{64})?$/.test(provenance.parentModelId ?? '')) {
    complain('provenance.parent_model_id', '64 lower-case hexadecimal digits, or nothing')
  }
  checkCount(provenance.seed ?? 0, 'provenance.seed', complain)
}

/** Whether bit `index` of eight bytes is set; bit 0 is the most significant of byte 0. */
export function maskBit(mask: Uint8Array, index: number): boolean {
  return (mask[index >> 3]! & (0x80 >> (index & 7))) !== 0
}
