import t from 'tap'
import { CONTEXT_NAMES } from '../../../core/contexts.js'
import { encodeModelFile } from '../../../core/model-file.js'
import { calibrateModel, DEFAULT_CALIBRATION } from '../../../lab/calibrate/calibrate.js'
import { differences, retrain } from '../../../lab/train/retrain.js'
import { train } from '../../../lab/train/train.js'
import { attackCensus } from '../../support/attack-census.js'
import { madeUpCensus } from '../../support/made-up-census.js'

const input = {
  sources: [{ name: 'made-up.tsv', sha256: 'a'.repeat(64) }],
  censuses: [madeUpCensus()],
}
const trained = await train(input, { name: 'made up', seed: 5, hidden: 8, bottleneck: 8, epochs: 20 })
const attack = { name: 'attack.tsv', sha256: 'b'.repeat(64), census: attackCensus(12) }
const calibrated = await calibrateModel(trained, attack)

t.test('training leaves its held-out clean losses in the model', async (t) => {
  for (const name of CONTEXT_NAMES) {
    const { calibration, heldOutPatterns, highestHeldOutLoss, confidence } = trained.byContext.get(name)!
    const patterns = calibration!.patterns!.reduce((sum, count) => sum + count, 0)
    t.ok(patterns >= heldOutPatterns && calibration!.losses!.length <= heldOutPatterns)
    t.equal(calibration!.losses!.at(-1), highestHeldOutLoss)
    t.equal(calibration!.falseAlarmsPerMillion, 0)
    t.equal(confidence, null)
  }
})

t.test('every context gets a confidence, a budget and a threshold below the attacks', async (t) => {
  for (const name of CONTEXT_NAMES) {
    const { calibration, confidence, threshold, thresholdMethod } = calibrated.byContext.get(name)!
    t.equal(calibration!.falseAlarmsPerMillion, 1)
    t.equal(calibration!.extrapolated, true, 'a few hundred patterns cannot show one in a million')
    t.equal(confidence!.attackLabels, 12)
    t.ok(confidence!.probabilities!.at(-1)! > 0.9 && confidence!.probabilities![0]! < 0.2)
    t.ok(threshold > 0 && threshold <= trained.byContext.get(name)!.threshold * 50)
    t.match(thresholdMethod, /^1 false alarms of a million need at least/)
    t.ok(thresholdMethod.length < 512)
  }
  const { gate, provenance } = calibrated.model
  t.match(gate, { confidence: DEFAULT_CALIBRATION.confidence, requiredPrecision: 0.99 })
  t.ok(gate!.alerts! > 100)
  t.equal(provenance!.parentModelId, trained.id)
  t.match(provenance!.sources, [{ role: 'training' }, { name: 'attack.tsv', role: 'attack' }])
})

t.test('equal input gives equal bytes, and a second time changes nothing but the parent', async (t) => {
  t.equal((await calibrateModel(trained, attack)).id, calibrated.id)
  const again = await calibrateModel(calibrated, attack)
  const changed = differences(calibrated, again)
  t.ok(
    changed.every((field) => field === 'parentModelId' || field.endsWith('thresholdMethod')),
    changed.join(),
  )
})

t.test('train and calibrate again from what the model names: the same bytes', async (t) => {
  t.equal((await retrain(calibrated, input, attack)).id, calibrated.id)
  await t.rejects(retrain(calibrated, input, undefined), { code: 'TRAINING_DATA', message: /attack\.tsv/ })
  await t.rejects(retrain(trained, input, attack), { code: 'TRAINING_DATA', message: /not calibrated/ })
  await t.rejects(retrain(calibrated, input, { ...attack, sha256: 'c'.repeat(64) }), {
    code: 'TRAINING_DATA',
    message: /SHA-256 c{64}/,
  })
})

t.test('tunnels in well-formed DNS are no attacks to the curve', async (t) => {
  const census = attackCensus(12)
  census.captures.push({ ...census.captures[0]!, name: 'tunnel-iodine.pcap', program: 'tunnel-iodine' })
  census.rows.push({ context: 'udp-query', program: 'tunnel-iodine', pattern: '0000010000010000', count: 50 })
  const with_ = await calibrateModel(trained, { ...attack, census })
  t.same(with_.bytes, calibrated.bytes)
})

t.test('refuses what cannot calibrate', async (t) => {
  const refused = (census: typeof attack.census, message: RegExp, model = trained) =>
    t.rejects(calibrateModel(model, { ...attack, census }), { code: 'TRAINING_DATA', message })
  const census = attackCensus(12)
  await refused({ ...census, rows: [] }, /attack\.tsv: udp-query: 0 labels/)
  await refused(attackCensus(1), /udp-query: 1 labels.*at least 2/)
  await refused(
    { ...census, rows: census.rows.filter(({ context }) => context !== 'tcp-query') },
    /tcp-query: 0 labels/,
  )
  const masks = new Map(census.masks).set('udp-query', new Uint8Array(8))
  const rows = census.rows.map((row) =>
    row.context === 'udp-query' ? { ...row, pattern: '0'.repeat(16) } : row,
  )
  await refused({ ...census, masks, rows }, /udp-query: mask 0{16} leaves out bits/)
  await t.rejects(calibrateModel(trained, { ...attack, sha256: 'a'.repeat(64) }), {
    code: 'TRAINING_DATA',
    message: /learnt from this file as clean/,
  })
  const bare = encodeModelFile({
    ...trained.model,
    contexts: trained.model.contexts.map((context) => ({ ...context, calibration: null })),
  })
  await refused(census, /no held-out clean losses/, bare)
})
