import { looseRule, tunedRule } from '../../core/header-rules.js'
import { INPUT_BITS, maskBit } from '../../core/model-rules.js'
import { bitFreedom } from '../train/bit-freedom.js'
import { lossWeightsOf } from '../train/fit.js'
import { weighPatterns } from '../train/pattern-weights.js'
import { changeOneBit, chooseThreshold, RANDOM_INPUTS, randomInputs } from '../train/threshold.js'
import type { ContextData } from '../train/training-data.js'
import type { Approach, ContextDetector } from './detector.js'
import { principalComponents } from './principal-components.js'

/** What an autoencoder has to be better than: linear algebra, a table, and rules written by hand. */
export function rivals(): Approach[] {
  return [
    { name: 'PCA, 8 components', build: eachContext((data) => principal(data, 8)) },
    { name: 'PCA, 16 components', build: eachContext((data) => principal(data, 16)) },
    { name: 'table of clean patterns', build: eachContext(table) },
    {
      name: 'loose hand rule',
      build: eachContext(({ context }) => rule((bytes) => looseRule(context, bytes))),
    },
    {
      name: 'tuned hand rule',
      build: eachContext(({ context }) => rule((bytes) => tunedRule(context, bytes))),
    },
  ]
}

function eachContext(make: (data: ContextData) => ContextDetector): Approach['build'] {
  return async (data) => new Map(data.map((part) => [part.context, make(part)]))
}

/** Every pattern seen passes, every other is an anomaly. */
function table({ patterns }: ContextData): ContextDetector {
  const known = new Set(patterns.map(({ bytes }) => Buffer.from(bytes).toString('hex')))
  return rule((bytes) => known.has(Buffer.from(bytes).toString('hex')))
}

function rule(passes: (bytes: Uint8Array) => boolean): ContextDetector {
  return { threshold: 0.5, scores: (patterns) => patterns.map((bytes) => (passes(bytes) ? 0 : 1)) }
}

/** Squared error of the projection on the first components, with the autoencoder's mask, weights and threshold. */
function principal({ inputMask, patterns, programs }: ContextData, count: number): ContextDetector {
  const bytes = patterns.map((pattern) => pattern.bytes)
  const bits = bytes.map((pattern) => signs(pattern, inputMask))
  const weights = weighPatterns(patterns, programs)
  const project = principalComponents(bits, weights, count)
  const errors = (pattern: Uint8Array) => {
    const seen = signs(pattern, inputMask)
    return project(seen).map((value, bit) => (value - seen[bit]!) ** 2)
  }
  const residuals = new Array<number>(INPUT_BITS).fill(0)
  const all = bytes.map(errors)
  for (let bit = 0; bit < INPUT_BITS; bit++) {
    const means = [-1, 1].flatMap((value) => {
      const chosen = all.filter((_, index) => bits[index]![bit] === value)
      return chosen.length === 0 ? [] : [chosen.reduce((sum, error) => sum + error[bit]!, 0) / chosen.length]
    })
    if (means.length > 0) residuals[bit] = means.reduce((sum, mean) => sum + mean, 0) / means.length
  }
  const lossWeights = lossWeightsOf(residuals, bitFreedom(bytes), inputMask)
  const scores = (list: readonly Uint8Array[]) =>
    list.map((pattern) =>
      errors(pattern).reduce((sum, error, bit) => sum + (lossWeights[bit]! * error) / INPUT_BITS, 0),
    )
  const { threshold } = chooseThreshold({
    training: scores(bytes),
    heldOut: [],
    oneBitChanged: scores(changeOneBit(bytes, inputMask)),
    random: scores(randomInputs(RANDOM_INPUTS, 1)),
  })
  return { threshold, scores }
}

/** 64 numbers: +1 and -1, 0 under the mask. */
function signs(bytes: Uint8Array, inputMask: Uint8Array): number[] {
  return Array.from({ length: INPUT_BITS }, (_, bit) => {
    if (!maskBit(inputMask, bit)) return 0
    return maskBit(bytes, bit) ? 1 : -1
  })
}
