import { type ContextName, contextNumber } from '../../core/contexts.js'
import { GRID, maskBit } from '../../core/model-rules.js'
import { firsteight } from '../../generated/messages.js'
import { seededRandom } from '../../lab/evaluate/statistics.js'

const { Activation } = firsteight.v1

export interface RandomModelOptions {
  seed: number
  contexts?: ContextName[]
  hidden?: number
  bottleneck?: number
  /** Largest magnitude of weights and biases; in the first layer at most FIRST_LAYER_MAGNITUDE. */
  magnitude?: number
  inputMask?: Uint8Array
  /** With a calibration, a confidence curve from 0.01 at loss 0.25 to 0.99 at loss 1, and an open gate at 0.9. */
  calibrated?: boolean
}

/** Keeps every first-layer sum in range; sums of 64 such weights saturate the activation often enough. */
const FIRST_LAYER_MAGNITUDE = 0.49

/** A valid model with random weights on the deployed grid, and a threshold near its middle loss. */
export function randomModel(options: RandomModelOptions): firsteight.v1.Model.$Properties {
  const random = seededRandom(options.seed)
  const magnitude = options.magnitude ?? 0.5
  const hidden = options.hidden ?? 32
  const bottleneck = options.bottleneck ?? 8
  const layer = (inputs: number, outputs: number, activation: firsteight.v1.Activation) => {
    const largest = inputs === 64 ? Math.min(magnitude, FIRST_LAYER_MAGNITUDE) : magnitude
    const onGrid = () => Math.round((random() * 2 - 1) * largest * GRID) / GRID
    return {
      inputs,
      outputs,
      activation,
      weights: Array.from({ length: inputs * outputs }, onGrid),
      biases: Array.from({ length: outputs }, onGrid),
    }
  }
  return {
    schemaVersion: 1,
    name: 'random',
    version: 1,
    contexts: (options.contexts ?? ['udp-query', 'udp-response', 'tcp-query', 'tcp-response']).map((name) => {
      const inputMask = options.inputMask ?? Uint8Array.of(0, 0, 255, 255, 255, 255, 255, 255)
      const lossWeights = Array.from({ length: 64 }, (_, bit) =>
        maskBit(inputMask, bit) ? Math.fround(random()) : 0,
      )
      lossWeights[lossWeights.indexOf(Math.max(...lossWeights))] = 1
      return {
        context: contextNumber(name),
        inputMask,
        layers: [
          layer(64, hidden, Activation.SQNL),
          layer(hidden, bottleneck, Activation.SQNL),
          layer(bottleneck, hidden, Activation.SQNL),
          layer(hidden, 64, Activation.LINEAR),
        ],
        lossWeights,
        threshold: 0.5,
        thresholdMethod: 'none: random test model',
        ...(options.calibrated ? calibrated() : {}),
      }
    }),
    ...(options.calibrated ? { gate: openGate() } : {}),
  }
}

/** 99 clean patterns, the highest with loss 0.5. */
function calibrated(): Pick<firsteight.v1.ContextModel.$Properties, 'calibration' | 'confidence'> {
  return {
    calibration: {
      losses: [0.125, 0.25, 0.5],
      patterns: [90, 8, 1],
      streams: [9000, 80, 1],
      falseAlarmsPerMillion: 1,
      extrapolated: true,
      tail: { start: 0.25, scale: 0.125, shape: -0.25, excesses: 1 },
    },
    confidence: {
      losses: [0.25, 0.5, 1],
      probabilities: [0.01, 0.25, 0.99],
      cleanPatterns: 99,
      attackPatterns: 500,
      attackLabels: 30,
      brierScore: 0.01,
      reliability: [
        { stated: 0.01, observed: 0, weight: 0.5 },
        { stated: 0.98, observed: 1, weight: 0.5 },
      ],
    },
  }
}

function openGate(): firsteight.v1.EscalationGate.$Properties {
  return {
    confidence: 0.9,
    requiredPrecision: 0.99,
    precision: 1,
    precisionLowerBound: 0.996,
    alerts: 1000,
    correctAlerts: 1000,
    open: true,
  }
}
