import t from 'tap'
import { Kernel } from '../../../core/kernel.js'
import { decodeModelFile } from '../../../core/model-file.js'
import { train } from '../../../lab/train/train.js'
import type { TrainingProgress } from '../../../lab/train/train-context.js'
import { madeUpCensus } from '../../support/made-up-census.js'

const input = {
  sources: [{ name: 'made-up.tsv', sha256: 'a'.repeat(64) }],
  censuses: [madeUpCensus({ streams: 200 })],
}
const options = { name: 'made up', seed: 5, hidden: 8, bottleneck: 6, epochs: 4 }

t.test('the same input and seed give the same bytes, another seed others', async (t) => {
  const first = await train(input, options)
  t.equal(Buffer.compare((await train(input, options)).bytes, first.bytes), 0)
  t.not((await train(input, { ...options, seed: 6 })).id, first.id)
})

t.test('the model separates what it learnt from random bytes, in the scoring kernel', async (t) => {
  const file = await train(input, { ...options, epochs: 16 })
  const kernel = await Kernel.load()
  kernel.loadModel(file)
  for (const [context, model] of file.byContext) {
    const limit = Math.floor(model.threshold * 2 ** 26)
    for (const row of input.censuses[0]!.rows) {
      if (row.context !== context) continue
      const { lossUnits } = kernel.score(context, Buffer.from(row.pattern, 'hex'))
      if (lossUnits > limit) t.fail(`${context} ${row.pattern} is flagged`)
    }
    let missed = 0
    for (let sample = 0; sample < 1000; sample++) {
      const bytes = Uint8Array.from(
        { length: 8 },
        (_, index) => Math.imul(sample + 1, 0x9e3779b1 + index * 2) >>> 24,
      )
      if (kernel.score(context, bytes).lossUnits <= limit) missed++
    }
    t.ok(missed < 10, `${context}: ${missed} of 1000 scrambled inputs passed`)
    t.ok(model.highestTrainingLoss <= model.threshold)
    t.ok(model.heldOutPatterns > 0)
    t.match(model.thresholdMethod, /one changed bit/)
  }
})

t.test('the model file says how it came to be', async (t) => {
  const steps: TrainingProgress[] = []
  const trained = await train(input, {
    ...options,
    epochs: 2,
    version: 3,
    onProgress: (step) => steps.push(step),
  })
  const { model } = decodeModelFile(trained.bytes, 'again')
  t.equal(model.name, 'made up')
  t.equal(model.version, 3)
  t.match(model.provenance, {
    seed: 5,
    sources: [{ name: 'made-up.tsv', sha256: 'a'.repeat(64), role: 'training' }],
  })
  const settings = Object.fromEntries(model.provenance!.settings!.map(({ name, value }) => [name, value]))
  t.match(settings, { hidden: '8', bottleneck: '6', epochs: '2', flipProbability: '0.02' })
  t.equal(model.contexts[0]!.trainingStreams, 200)
  t.equal(model.contexts[0]!.layers![1]!.outputs, 8, 'padded to what the kernel runs')
  t.match(steps[0], { context: 'udp-query', part: 'fold 1 of 3', epoch: 1, epochs: 2 })
  t.ok(steps.every(({ loss }) => Number.isFinite(loss)))
  t.match(steps.at(-1), { context: 'tcp-response', part: 'all' })
})

t.test('an aborted training ends with the reason', async (t) => {
  const controller = new AbortController()
  const running = train(input, {
    ...options,
    onProgress: ({ epoch }) => {
      if (epoch === 3) controller.abort(new Error('enough'))
    },
    signal: controller.signal,
  })
  await t.rejects(running, { message: 'enough' })
})
