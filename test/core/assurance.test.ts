import t from 'tap'
import { confidenceOf, gateOf, pValueOf } from '../../core/assurance.js'
import { encodeModelFile } from '../../core/model-file.js'
import { randomModel } from '../support/random-model.js'

const calibrated = encodeModelFile(randomModel({ seed: 4, hidden: 8, calibrated: true }))
const context = calibrated.byContext.get('udp-query')!
const uncalibrated = encodeModelFile(randomModel({ seed: 4, hidden: 8 }))

t.test('p-value: patterns with at least that loss, ties included', async (t) => {
  // 90 patterns at 0.125, 8 at 0.25, 1 at 0.5.
  const expected: [loss: number, pValue: number][] = [
    [0, 1],
    [0.125, 1],
    [0.1251, 0.1],
    [0.25, 0.1],
    [0.2501, 0.02],
    [0.5, 0.02],
    [0.5001, 0.01],
    [63, 0.01],
  ]
  for (const [loss, pValue] of expected) t.equal(pValueOf(context, loss), pValue, `loss ${loss}`)
})

t.test('confidence: the knots, straight lines between them, flat beyond', async (t) => {
  const expected: [loss: number, confidence: number][] = [
    [0, 0.01],
    [0.25, 0.01],
    [0.375, 0.13],
    [0.5, 0.25],
    [0.75, 0.62],
    [1, 0.99],
    [64, 0.99],
  ]
  for (const [loss, confidence] of expected) {
    t.ok(Math.abs(confidenceOf(context, loss)! - confidence) < 1e-12, `loss ${loss}`)
  }
})

t.test('confidence never falls with the loss', async (t) => {
  let before = 0
  for (let loss = 0; loss < 1.2; loss += 1 / 4096) {
    const confidence = confidenceOf(context, loss)!
    if (!(confidence >= before && confidence <= 1)) t.fail(`${loss}: ${confidence} after ${before}`)
    before = confidence
  }
  t.equal(before, 0.99)
})

t.test('one knot says the same of every loss', async (t) => {
  const single = { confidence: { losses: [0.5], probabilities: [0.7] } }
  t.same(
    [0, 0.5, 9].map((loss) => confidenceOf(single, loss)),
    [0.7, 0.7, 0.7],
  )
})

t.test('the gate is the model file its own, closed where it has none', async (t) => {
  t.match(gateOf(calibrated.model), { open: true, confidence: 0.9 })
  t.match(gateOf(uncalibrated.model), { open: false, confidence: 1 })
})

t.test('an uncalibrated context says nothing', async (t) => {
  const context = uncalibrated.byContext.get('udp-query')!
  t.equal(pValueOf(context, 0.5), undefined)
  t.equal(confidenceOf(context, 0.5), undefined)
})

t.test('the p-value of a site counts streams', async (t) => {
  const site = { calibration: { ...context.calibration!, byStream: true } }
  t.equal(pValueOf(site, 0.25), 82 / 9082)
  t.equal(pValueOf(site, 9), 1 / 9082)
})
