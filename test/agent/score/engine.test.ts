import t from 'tap'
import { ScoringEngine } from '../../../agent/score/engine.js'
import { Scorer } from '../../../agent/score/scorer.js'
import { Kernel } from '../../../core/kernel.js'
import { encodeModelFile, type ModelFile } from '../../../core/model-file.js'
import type { StreamRecord } from '../../../core/stream-record.js'
import { datagramCapture } from '../../support/datagram-capture.js'
import { randomModel } from '../../support/random-model.js'

/** All that is not masked is anomalous at the low threshold, nothing at the high one. */
function model(threshold: number): ModelFile {
  const random = randomModel({ seed: 9, hidden: 8 })
  for (const context of random.contexts!) context.threshold = threshold
  return encodeModelFile(random)
}

const [quiet, loud] = [model(63), model(1e-6)]
const payloads = Array.from({ length: 200 }, (_, index) => Buffer.alloc(12, index))
const capture = datagramCapture(payloads, (index) => [5000 + index, 53])
const half = 24 + 100 * (16 + 28 + 12)

async function engine() {
  const spareKernel = async () => {
    const kernel = await Kernel.load({ seed: 1 })
    kernel.setServerPorts([53])
    return kernel
  }
  const kernel = await spareKernel()
  kernel.loadModel(quiet)
  const records: StreamRecord[] = []
  const told: string[] = []
  const scorer = new Scorer(
    kernel,
    (record) => {
      records.push(record)
      made.recorded(record)
    },
    () => {},
  )
  const made: ScoringEngine = new ScoringEngine({
    kernel,
    scorer,
    model: quiet,
    spareKernel,
    changes: () => told.push(`before ${kernel.counters().packets}`),
    changed: ({ id }) => told.push(id),
    faults: () => 3,
  })
  const score = (bytes: Buffer) => {
    scorer.chunkSpace().set(bytes)
    scorer.chunk(bytes.length)
  }
  return { engine: made, score, records, told }
}

t.test('a model takes the place of another between packets', async (t) => {
  const { engine: made, score, records, told } = await engine()
  score(capture.subarray(0, half))
  t.same(made.counts(), { streams: 100, anomalies: 0, faults: 3 })
  made.useModel(quiet)
  t.same(told, [], 'the same model is none')
  made.useModel(loud)
  t.same(told, ['before 100', loud.id], 'told before, when its losses can be read still, and after')
  t.equal(made.model, loud)
  score(capture.subarray(half))
  t.match(made.counts(), { streams: 200, anomalies: 100 })
  t.equal(records.length, 100)
})

t.test('a candidate that no kernel can run is refused, and the active one goes on', async (t) => {
  const { engine: made, score, told } = await engine()
  const wrong = { ...loud, model: { ...loud.model, contexts: [{ ...loud.model.contexts[0]!, layers: [] }] } }
  const broken = {
    ...wrong,
    byContext: new Map([[[...loud.byContext.keys()][0]!, wrong.model.contexts[0]!]]),
  }
  await t.rejects(made.tryModel(broken as unknown as ModelFile))
  await t.rejects(made.beginShadow(broken as unknown as ModelFile))
  t.equal(made.shadowFigures(), undefined)
  t.equal(made.model, quiet)
  score(capture)
  t.match(made.counts(), { streams: 200, anomalies: 0 })
  t.same(told, [])
})

t.test('a shadow beside the active model, until it ends or the model changes', async (t) => {
  const { engine: made, score, records } = await engine()
  t.equal(made.shadowFigures(), undefined)
  await made.beginShadow(loud)
  score(capture.subarray(0, half))
  made.idle(0)
  const queries = made.shadowFigures()!.contexts.reduce((sum, { onlyCandidate }) => sum + onlyCandidate, 0)
  t.equal(queries, 100, 'only the candidate flags them')
  t.equal(records.length, 0, 'and nobody is alerted')
  made.useModel(loud)
  t.equal(made.shadowFigures(), undefined)
  score(capture.subarray(half))
  t.equal(records.length, 100)
})
