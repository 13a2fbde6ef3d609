import { CONTEXT_NAMES, contextNumber } from '../../core/contexts.js'
import { encodeModelFile, type ModelFile } from '../../core/model-file.js'
import { INPUT_BITS } from '../../core/model-rules.js'
import { firsteight } from '../../generated/messages.js'

const { Activation } = firsteight.v1

/** A model that has learnt nothing and flags nothing: the kernel needs one to report streams at all. */
export function blankModel(): ModelFile {
  const layer = (inputs: number, outputs: number, activation: firsteight.v1.Activation) => ({
    inputs,
    outputs,
    activation,
    weights: new Array<number>(inputs * outputs).fill(0),
    biases: new Array<number>(outputs).fill(0),
  })
  return encodeModelFile({
    schemaVersion: 1,
    name: 'blank',
    version: 1,
    contexts: CONTEXT_NAMES.map((name) => ({
      context: contextNumber(name),
      inputMask: new Uint8Array(INPUT_BITS / 8).fill(255),
      layers: [
        layer(INPUT_BITS, 8, Activation.SQNL),
        layer(8, 8, Activation.SQNL),
        layer(8, 8, Activation.SQNL),
        layer(8, INPUT_BITS, Activation.LINEAR),
      ],
      lossWeights: new Array<number>(INPUT_BITS).fill(1),
      threshold: 63,
      thresholdMethod: 'none: blank',
    })),
  })
}
