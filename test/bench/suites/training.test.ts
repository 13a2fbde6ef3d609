import t from 'tap'
import { trainingSuite } from '../../../bench/suites/training.js'
import { DEFAULT_MODEL_PATH } from '../../../core/default-model.js'
import { encodeModelFile, readModelFile } from '../../../core/model-file.js'
import { randomModel } from '../../support/random-model.js'

const options = { quick: true, progress() {} }

t.test('a few epochs tell how long the default model takes to train', async (t) => {
  const { figures } = await trainingSuite.run({ model: await readModelFile(DEFAULT_MODEL_PATH), ...options })
  t.same(Object.keys(figures!), ['training_extrapolated_seconds'])
  t.ok(figures!.training_extrapolated_seconds! > 1)
})

t.test('a model that does not say how it was trained cannot be trained again', async (t) => {
  const model = encodeModelFile({ ...randomModel({ seed: 1 }), provenance: null })
  await t.rejects(trainingSuite.run({ model, ...options }), /does not say its hidden/)
})
