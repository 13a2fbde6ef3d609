import t from 'tap'
import { encodeModelFile } from '../../../core/model-file.js'
import { differences, retrain } from '../../../lab/train/retrain.js'
import { train } from '../../../lab/train/train.js'
import { madeUpCensus } from '../../support/made-up-census.js'
import { randomModel } from '../../support/random-model.js'

const input = {
  sources: [{ name: 'made-up.tsv', sha256: 'a'.repeat(64) }],
  censuses: [madeUpCensus({ streams: 150 })],
}
const trained = await train(input, {
  name: 'made up',
  version: 4,
  seed: 5,
  hidden: 8,
  bottleneck: 6,
  epochs: 2,
})

t.test('the recorded settings and the same data give the same bytes', async (t) => {
  const again = await retrain(trained, input, undefined)
  t.equal(again.id, trained.id)
  t.same(differences(trained, again), [])
})

t.test('what differs is named', async (t) => {
  const { model } = trained
  const [first, ...rest] = model.contexts
  const other = encodeModelFile({
    ...model,
    version: 5,
    contexts: [{ ...first, threshold: first!.threshold! + 0.5 }, ...rest],
    provenance: {
      ...model.provenance,
      settings: model.provenance!.settings!.map((setting) =>
        setting.name === 'batch' ? { ...setting, value: '64' } : setting,
      ),
    },
  })
  t.same(differences(trained, other), ['version', 'setting batch', 'udp-query: threshold'])
  const forged = await retrain(other, input, undefined)
  t.same(differences(other, forged), ['setting batch', 'udp-query: threshold'], 'a forged number is found')
  const fewer = encodeModelFile({ ...model, contexts: rest })
  t.ok(differences(trained, fewer).includes('udp-query: layers'))
})

t.test('other data and models of other origin are refused', async (t) => {
  const changed = { ...input, sources: [{ name: 'made-up.tsv', sha256: 'b'.repeat(64) }] }
  await t.rejects(retrain(trained, changed, undefined), {
    code: 'TRAINING_DATA',
    message: /bbbb.*the model names made-up/,
  })
  const more = { ...input, sources: [...input.sources, ...input.sources] }
  await t.rejects(retrain(trained, more, undefined), {
    code: 'TRAINING_DATA',
    message: /expected 1 training sources/,
  })
  const random = encodeModelFile(randomModel({ seed: 1 }))
  await t.rejects(retrain(random, input, undefined), {
    code: 'MODEL_UNSUPPORTED',
    message: /provenance\.sources/,
  })
  const unset = encodeModelFile({
    ...trained.model,
    provenance: { ...trained.model.provenance, settings: [{ name: 'hidden', value: '8' }] },
  })
  await t.rejects(retrain(unset, input, undefined), {
    code: 'MODEL_UNSUPPORTED',
    message: /settings\.bottleneck/,
  })
})
