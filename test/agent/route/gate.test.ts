import t from 'tap'
import { decide, type ModelAssurance } from '../../../agent/route/gate.js'
import { firsteight } from '../../../generated/messages.js'
import { streamRecord } from '../../support/stream-records.js'

const { Route, Severity } = firsteight.v1

const model = (confidence: number, escalationAllowed: boolean): ModelAssurance => ({
  confidenceOf: () => confidence,
  escalationAllowed,
  escalationConfidence: 0.9,
})

t.test('a model without calibration sends everything to review', async (t) => {
  const uncalibrated = { escalationAllowed: true, escalationConfidence: 0 }
  t.same(decide(streamRecord(), uncalibrated), {
    route: Route.REVIEW,
    severity: Severity.MEDIUM,
    confidence: undefined,
  })
})

t.test('short streams are not scored, so no model vouches for them', async (t) => {
  const verdict = decide(streamRecord({ kind: 'short' }), model(1, true))
  t.same(verdict, { route: Route.REVIEW, severity: Severity.LOW, confidence: undefined })
})

t.test('escalates only with the confidence and with the gate open', async (t) => {
  const review = (severity: number, confidence: number) => ({ route: Route.REVIEW, severity, confidence })
  t.same(decide(streamRecord(), model(0.89, true)), review(Severity.MEDIUM, 0.89))
  t.same(decide(streamRecord(), model(0.9, false)), review(Severity.HIGH, 0.9))
  t.same(decide(streamRecord(), model(0.9, true)), {
    route: Route.ESCALATE,
    severity: Severity.CRITICAL,
    confidence: 0.9,
  })
})

t.test('a confidence that is no probability counts as none', async (t) => {
  for (const confidence of [Number.NaN, -0.1, 1.1, Number.POSITIVE_INFINITY]) {
    t.match(decide(streamRecord(), model(confidence, true)), { route: Route.REVIEW, confidence: undefined })
  }
})
