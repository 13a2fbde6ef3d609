import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readOrder } from '../../../agent/models/order.js'
import { startModels } from '../../../agent/models/start.js'
import type { ModelState } from '../../../agent/models/state.js'
import { ModelStore } from '../../../agent/models/store.js'
import { Kernel } from '../../../core/kernel.js'
import type { ModelFile } from '../../../core/model-file.js'
import { cutModel } from '../../../core/model-manifest.js'
import { EVERY_NODE } from '../../../core/signature/target.js'
import { firsteight } from '../../../generated/messages.js'
import { createListLog } from '../../support/link.js'
import { QUICK_BOUNDS, shipped, signedManifest, smallModel, testManifest } from '../../support/models.js'
import { testKey, trusting } from '../../support/signing.js'

const { RolloutStage, RolloutState } = firsteight.v1
const ops = testKey('ops')
const receiver = { site: 'test', node: 'edge' }
const now = () => Date.now() * 1000
const kernel = await Kernel.load({})

function stored(file: ModelFile) {
  const envelope = signedManifest(ops, testManifest(file))
  const expected = { keys: trusting(ops), receiver, now: now(), lowestRevision: () => 0 }
  return { id: file.id, ...readOrder(envelope, expected).accepted }
}

/** A folder with these models and this state, as an earlier run left them. */
async function left(t: Test, files: ModelFile[], state: Partial<ModelState>): Promise<string> {
  const folder = t.testdir()
  const { store } = await ModelStore.open(folder, { log: createListLog().log })
  for (const file of files) {
    const { description, chunks } = cutModel(file)
    for (const [number, chunk] of chunks.entries()) await store.putChunk(file.id, number, chunk)
    await store.joinChunks(description)
  }
  await store.change(state, 'left')
  return folder
}

function start(folder: string, load = (model: ModelFile) => kernel.loadModel(model)) {
  const { log, lines } = createListLog()
  return startModels({ folder, receiver, shipped, load, log, now }).then((started) => ({ ...started, lines }))
}

t.test('the active model of the last run; a fresh agent runs the configured one', async (t) => {
  t.equal((await start(join(t.testdir(), 'new'))).model.id, shipped.id)
  const [active, previous] = [smallModel(2), smallModel(1)]
  const folder = await left(t, [active, previous], { active: stored(active), previous: stored(previous) })
  const { model, problem } = await start(folder)
  t.equal(model.id, active.id)
  t.equal(problem, undefined)
})

t.test('an active model that was changed on disk: the previous one, and so it stays', async (t) => {
  const [active, previous] = [smallModel(2), smallModel(1)]
  const folder = await left(t, [active, previous], { active: stored(active), previous: stored(previous) })
  writeFileSync(join(folder, `${active.id}.model`), smallModel(9).bytes)
  const { model, problem, store, lines } = await start(folder)
  t.equal(model.id, previous.id)
  t.equal(problem?.code, 'MODEL_UNVERIFIED')
  t.match(store.state, { active: { id: previous.id }, previous: undefined })
  t.match(lines.join(''), active.id)
  t.equal((await start(folder)).problem, undefined, 'the next start is an ordinary one')
})

t.test('neither can be verified, or the kernel takes none: the configured one', async (t) => {
  const [active, previous] = [smallModel(2), smallModel(1)]
  const unsigned = { ...stored(previous), envelope: 'AAAA' }
  const folder = await left(t, [active, previous], { active: stored(smallModel(7)), previous: unsigned })
  t.equal((await start(folder)).model.id, shipped.id)
  const other = await left(t, [active], { active: stored(active) })
  const refusing = (model: ModelFile) => {
    if (model.id !== shipped.id) throw new Error('not in this kernel')
  }
  const { model, problem } = await start(other, refusing)
  t.equal(model.id, shipped.id)
  t.match(problem?.message, /not in this kernel/)
})

t.test('a model that is watched is left when the agent starts too often under it', async (t) => {
  const active = smallModel(2)
  const slot = stored(active)
  const figures = { intervals: 1, streams: 5, anomalies: 0, faults: 0, starts: 0 }
  const report = {
    ...{ rolloutId: 'r', revision: 7, target: EVERY_NODE, stage: RolloutStage.FULL, modelId: active.id },
    ...{ state: RolloutState.IN_PROGRESS, code: '', reason: '', activity: 'watching', chosen: true },
    ...{ chunksHeld: 1, chunks: 1, sinceMicroseconds: 5, signerKeyId: '', signerName: '' },
    watch: { ...figures, baselineStreams: 0, baselineAnomalies: 0 },
  }
  const rollout = { order: slot, acceptedAt: now(), report }
  const folder = await left(t, [active], { active: slot, previous: 'shipped', rollout })
  for (let time = 1; time <= QUICK_BOUNDS.maximumStarts; time++) {
    const { model, store } = await start(folder)
    t.equal(model.id, active.id, `start ${time}`)
    t.match(store.state.rollout?.report.watch, { starts: time, streams: 0 })
  }
  const { model, store } = await start(folder)
  t.equal(model.id, shipped.id)
  t.match(store.state, {
    refused: [active.id],
    rollout: { report: { state: RolloutState.FAILED, code: 'MODEL_OUT_OF_BOUNDS' } },
  })
})
