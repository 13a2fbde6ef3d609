import { createHash } from 'node:crypto'
import t from 'tap'
import {
  CHUNK_BYTES,
  checkDescribed,
  chunkTopic,
  cutModel,
  decodeManifest,
  desiredTopic,
  encodeManifest,
  type ModelManifest,
} from '../../core/model-manifest.js'
import { firsteight } from '../../generated/messages.js'
import { goodModel, shipped, testManifest } from '../support/models.js'

const { ModelManifest: Message } = firsteight.v1

t.test('a model is cut into chunks that fit into a message, and described', async (t) => {
  const { description, chunks } = cutModel(shipped)
  t.equal(chunks.length, Math.ceil(shipped.bytes.length / CHUNK_BYTES))
  t.same(Buffer.concat(chunks), Buffer.from(shipped.bytes))
  t.match(description, { id: shipped.id, size: shipped.bytes.length, name: 'default', version: 1 })
  t.equal(description.chunkDigests[1], createHash('sha256').update(chunks[1]!).digest('hex'))
  checkDescribed(shipped, description)
  t.throws(() => checkDescribed(goodModel(2), description), { code: 'MODEL_MISMATCH' })
})

t.test('topics', async (t) => {
  t.equal(desiredTopic({ site: '', node: '' }), 'firsteight/v1/_all/_all/model/desired')
  t.equal(desiredTopic({ site: 'a', node: '' }), 'firsteight/v1/a/_all/model/desired')
  t.equal(chunkTopic('ab', 3), 'firsteight/v1/_all/_all/model/chunk/ab/3')
  t.equal(chunkTopic('ab'), 'firsteight/v1/_all/_all/model/chunk/ab/+')
})

t.test('there and back', async (t) => {
  const full = testManifest(shipped, { force: true, minimumVersion: 1 })
  t.same(decodeManifest(encodeManifest(full)), full)
  const leave = testManifest(shipped, { stage: 'rollback', model: undefined, leave: 'ab'.repeat(32) })
  t.same(decodeManifest(encodeManifest(leave)), leave)
  const canary = testManifest(shipped, { stage: 'canary', share: 0.25 })
  t.same(decodeManifest(encodeManifest(canary)), canary)
})

t.test('what no agent can follow is refused, naming the field', async (t) => {
  const good = testManifest(shipped)
  const { model } = good
  const wrong: [field: RegExp, change: Partial<ModelManifest>][] = [
    [/rollout_id/, { rolloutId: 'x' }],
    [/share/, { share: 0.5 }],
    [/share/, { stage: 'canary', share: 0 }],
    [/share/, { stage: 'shadow', share: 1.5 }],
    [/share/, { share: Number.NaN }],
    [/minimum_version/, { minimumVersion: 2 }],
    [/model: /, { model: undefined, leave: 'ab'.repeat(32) }],
    [/leave_model_id/, { stage: 'rollback', leave: 'ab'.repeat(32) }],
    [/leave_model_id/, { stage: 'rollback', model: undefined }],
    [/model.id/, { model: { ...model!, id: 'ab' } }],
    [/model.version/, { model: { ...model!, version: 0 } }],
    [/model.name/, { model: { ...model!, name: 'a\u0007' } }],
    [/model.size/, { model: { ...model!, size: 2 ** 21 } }],
    [/model.size/, { model: { ...model!, size: 0 } }],
    [/model.chunk_bytes/, { model: { ...model!, chunkBytes: 8 } }],
    [/model.chunk_bytes/, { model: { ...model!, chunkBytes: CHUNK_BYTES + 1 } }],
    [/model.chunk_digests/, { model: { ...model!, size: 1000 } }],
    [/model.chunk_digests\[0\]/, { model: { ...model!, size: 1000, chunkDigests: ['ab'] } }],
    [/bounds.minimum_streams/, { bounds: { ...good.bounds, minimumStreams: 0 } }],
    [/bounds.maximum_increase/, { bounds: { ...good.bounds, maximumIncrease: -1 } }],
    [/bounds.deadline_seconds/, { bounds: { ...good.bounds, deadlineSeconds: 2 ** 31 } }],
    [/bounds.watch_intervals/, { bounds: { ...good.bounds, watchIntervals: 0 } }],
    [/bounds.maximum_starts/, { bounds: { ...good.bounds, maximumStarts: 0 } }],
  ]
  for (const [message, change] of wrong) {
    t.throws(() => encodeManifest({ ...good, ...change }), { code: 'MESSAGE_INVALID', message })
  }
  const bytes = encodeManifest(good)
  for (let length = 0; length < bytes.length; length++) {
    t.throws(() => decodeManifest(bytes.subarray(0, length)), { code: 'MESSAGE_INVALID' }, `cut at ${length}`)
  }
  const unknown = Message.encode({ ...Message.decode(bytes), stage: 9 as never }).finish()
  t.throws(() => decodeManifest(unknown), { message: /stage/ })
  const later = Message.encode({ ...Message.decode(bytes), schemaVersion: 2 }).finish()
  t.throws(() => decodeManifest(later), { message: /schema_version/ })
})
