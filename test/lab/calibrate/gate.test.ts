import t from 'tap'
import { measureGate } from '../../../lab/calibrate/gate.js'
import type { Prediction } from '../../../lab/calibrate/reliability.js'

const attack = (label: string, stated: number, loss = 1): Prediction => ({
  label,
  attack: true,
  loss,
  stated,
  patterns: 1,
  weight: 1,
})
const clean = (stated: number, patterns: number, loss = 1): Prediction => ({
  label: '',
  attack: false,
  loss,
  stated,
  patterns,
  weight: 1,
})
const many = (count: number, label: string) =>
  Array.from({ length: count }, (_, index) => attack(label, 0.95, 1 + index))

t.test('enough labels, nothing wrong: open', async (t) => {
  const predictions = Array.from({ length: 400 }, (_, index) => attack(`${index}`, 0.95))
  const gate = measureGate([{ predictions, threshold: 0.5 }], 0.9, 0.99)
  t.match(gate, {
    open: true,
    alerts: 400,
    correctAlerts: 400,
    precision: 1,
    confidence: 0.9,
    requiredPrecision: 0.99,
  })
  t.ok(gate.precisionLowerBound! > 0.99 && gate.precisionLowerBound! < 1)
})

t.test('a clean pattern that would escalate counts against it', async (t) => {
  const predictions = [...Array.from({ length: 400 }, (_, index) => attack(`${index}`, 0.95)), clean(0.95, 4)]
  t.match(measureGate([{ predictions, threshold: 0.5 }], 0.9, 0.99), {
    open: false,
    alerts: 404,
    correctAlerts: 400,
  })
})

t.test('below the threshold or the confidence nothing escalates', async (t) => {
  const predictions = [attack('a', 0.95, 0.4), attack('b', 0.89), clean(0.95, 1, 0.5), clean(0.5, 1)]
  t.match(measureGate([{ predictions, threshold: 0.5 }], 0.9, 0), {
    open: false,
    alerts: 0,
    precision: 0,
    precisionLowerBound: 0,
  })
})

t.test('of a label at most a hundred patterns count, in each context', async (t) => {
  const contexts = [
    { predictions: [...many(5000, 'random'), ...many(3, 'ssh')], threshold: 0.5 },
    { predictions: many(101, 'random'), threshold: 0.5 },
  ]
  t.equal(measureGate(contexts, 0.9, 0.9).alerts, 203)
})

t.test('few alerts prove nothing, even when all are right', async (t) => {
  t.match(measureGate([{ predictions: many(10, 'a'), threshold: 0.5 }], 0.9, 0.9), {
    open: false,
    precision: 1,
  })
})
