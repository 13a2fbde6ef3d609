import t from 'tap'
import { assuranceOf, decide, type ModelAssurance } from '../../../agent/route/gate.js'
import { encodeModelFile } from '../../../core/model-file.js'
import { firsteight } from '../../../generated/messages.js'
import { randomModel } from '../../support/random-model.js'
import { streamRecord, UNCALIBRATED } from '../../support/stream-records.js'

const { Route, Severity } = firsteight.v1

const model = (confidence: number, open: boolean): ModelAssurance => ({
  confidenceOf: () => confidence,
  pValueOf: () => 0.001,
  gate: { open, confidence: 0.9 },
})
const review = (severity: number, confidence: number | undefined) => ({
  route: Route.REVIEW,
  severity,
  confidence,
})

t.test('a model without calibration sends everything to review', async (t) => {
  t.same(decide(streamRecord(), UNCALIBRATED), review(Severity.MEDIUM, undefined))
  const gateOnly = { ...UNCALIBRATED, gate: { open: true, confidence: 0 } }
  t.same(decide(streamRecord(), gateOnly), review(Severity.MEDIUM, undefined))
})

t.test('short streams are not scored, so no model vouches for them', async (t) => {
  t.same(decide(streamRecord({ kind: 'short' }), model(1, true)), review(Severity.LOW, undefined))
})

t.test('escalates only with the confidence and with the gate open', async (t) => {
  t.same(decide(streamRecord(), model(0.89, true)), review(Severity.MEDIUM, 0.89))
  t.same(decide(streamRecord(), model(0.9, false)), review(Severity.HIGH, 0.9))
  t.same(decide(streamRecord(), model(0.9, true)), {
    route: Route.ESCALATE,
    severity: Severity.CRITICAL,
    confidence: 0.9,
  })
})

t.test('model and rule in disagreement go to review', async (t) => {
  const query = Uint8Array.from(Buffer.from('1234010000010000', 'hex'))
  const record = streamRecord({ context: 'udp-query', transport: 'udp', firstEight: query })
  t.same(decide(record, model(1, true)), review(Severity.HIGH, 1))
})

t.test('a model file says of itself what it carries, each context for itself', async (t) => {
  const properties = randomModel({
    seed: 6,
    hidden: 8,
    contexts: ['udp-query', 'tcp-query'],
    calibrated: true,
  })
  delete properties.contexts![0]!.confidence
  const assurance = assuranceOf(encodeModelFile(properties))
  t.match(assurance.gate, { open: true, confidence: 0.9 })
  t.equal(assurance.confidenceOf(streamRecord({ context: 'tcp-query', loss: 0.5 })), 0.25)
  t.equal(assurance.pValueOf(streamRecord({ context: 'tcp-query', loss: 0.5 })), 0.02)
  t.equal(assurance.confidenceOf(streamRecord({ context: 'udp-query' })), undefined)
  t.equal(assurance.pValueOf(streamRecord({ context: 'udp-response' })), undefined)
})
