import { DEFAULT_MODEL_PATH } from '../../core/default-model.js'
import { encodeModelFile, type ModelFile, readModelFile } from '../../core/model-file.js'

/** The default model with a confidence that rises from 0 at loss 0 to 1 at loss `sureFrom`, and an open gate at 0.9. */
export async function assuredModel(sureFrom: number): Promise<ModelFile> {
  const { model } = await readModelFile(DEFAULT_MODEL_PATH)
  return encodeModelFile({
    ...model,
    contexts: model.contexts.map((context) => ({
      ...context,
      confidence: {
        losses: [0, sureFrom],
        probabilities: [0, 1],
        cleanPrograms: 10,
        attackPrograms: 10,
        brierScore: 0.01,
        reliability: [{ stated: 0.5, observed: 0.5, weight: 1 }],
      },
    })),
    gate: {
      confidence: 0.9,
      requiredPrecision: 0.9,
      precision: 1,
      precisionLowerBound: 0.95,
      alerts: 100,
      correctAlerts: 100,
      open: true,
    },
  })
}
