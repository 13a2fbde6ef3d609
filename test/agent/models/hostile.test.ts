import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { statePath } from '../../../agent/state-folder.js'
import type { ModelFile } from '../../../core/model-file.js'
import {
  CHUNK_BYTES,
  chunkTopic,
  cutModel,
  desiredTopic,
  type ModelManifest,
  sha256,
} from '../../../core/model-manifest.js'
import { signStatement } from '../../../core/signature/envelope.js'
import { EVERY_NODE } from '../../../core/signature/target.js'
import { firsteight } from '../../../generated/messages.js'
import { brokerRequires, testBroker } from '../../support/brokers.js'
import { Receiver, until } from '../../support/link.js'
import {
  enrolledFolder,
  publishChunks,
  publishModel,
  reported,
  reportsOf,
  runAgent,
} from '../../support/model-agent.js'
import { goodModel, QUICK_BOUNDS, shipped, signedManifest, testManifest } from '../../support/models.js'
import { testKey } from '../../support/signing.js'

/** Orders that must change nothing: each refused and reported, none applied, nothing left on disk. */

const { Envelope, Model } = firsteight.v1
const [ops, config, stranger] = [testKey('ops'), testKey('config', ['keys', 'config']), testKey('stranger')]
const good = goodModel(5)
const HOUR = 3_600_000_000
const now = () => Date.now() * 1000

const sign = (change = {}, statement = {}, key = ops) =>
  signedManifest(key, testManifest(good, change), statement)
const altered = (change: firsteight.v1.Envelope.$Properties) =>
  Envelope.encode({ ...Envelope.decode(sign()), ...change }).finish()

/** What a message alone shows: refused before anything is done about it. */
const REFUSED: [what: string, code: string, envelope: () => Uint8Array][] = [
  ['not a message', 'ENVELOPE_MALFORMED', () => Buffer.from('hello')],
  ['truncated', 'ENVELOPE_MALFORMED', () => sign().subarray(0, 200)],
  ['oversized', 'ENVELOPE_TOO_LARGE', () => Buffer.concat([sign(), Buffer.alloc(70_000)])],
  ['unsigned', 'SIGNATURE_MISSING', () => altered({ signature: new Uint8Array(0) })],
  ['wrong key', 'SIGNATURE_UNKNOWN_KEY', () => sign({}, {}, stranger)],
  [
    'key id of a trusted key',
    'SIGNATURE_INVALID',
    () => {
      const keyId = Buffer.from(ops.signing.id, 'hex')
      return Envelope.encode({ ...Envelope.decode(sign({}, {}, stranger)), keyId }).finish()
    },
  ],
  [
    'changed after signing',
    'SIGNATURE_INVALID',
    () => {
      const { statement } = Envelope.decode(sign())
      const changed = Uint8Array.from(statement)
      changed[60]! ^= 1
      return altered({ statement: changed })
    },
  ],
  ['wrong role', 'SIGNATURE_KEY_ROLE', () => sign({}, {}, config)],
  ['expired', 'ENVELOPE_EXPIRED', () => sign({}, { notBefore: now() - 2 * HOUR, expiresAt: now() - HOUR })],
  [
    'not yet valid',
    'ENVELOPE_NOT_YET_VALID',
    () => sign({}, { notBefore: now() + HOUR, expiresAt: now() + 2 * HOUR }),
  ],
  ['wrong target', 'ENVELOPE_TARGET', () => sign({}, { target: { site: 'test', node: 'other' } })],
  [
    'another type',
    'ENVELOPE_TYPE',
    () =>
      signStatement(
        {
          payloadType: 'firsteight.v1.Command',
          payload: Buffer.of(),
          target: EVERY_NODE,
          revision: 9e15,
          notBefore: 1,
          expiresAt: 9e15,
        },
        ops.signing,
      ),
  ],
  ['no manifest', 'MESSAGE_INVALID', () => sign({}, { payload: Buffer.from('hello') })],
  [
    'a manifest without rollout',
    'MESSAGE_INVALID',
    () => sign({}, { payload: firsteight.v1.ModelManifest.encode({ schemaVersion: 1, stage: 1 }).finish() }),
  ],
]

/** A model file of these bytes, whatever they are, with a manifest that fits. */
function lie(bytes: Uint8Array, change: Partial<NonNullable<ModelManifest['model']>> = {}) {
  const file = { ...good, bytes, id: sha256(bytes) } as ModelFile
  const manifest = testManifest(file)
  return { file, manifest: { ...manifest, model: { ...manifest.model!, ...change } } }
}

function withLayers(width: number) {
  const model = Model.decode(good.bytes)
  model.contexts[0]!.layers![0]!.outputs = width
  return lie(Model.encode(model).finish())
}

/** What only shows with the model in hand. */
const REJECTED: [what: string, code: string, make: () => { file: ModelFile; manifest: ModelManifest }][] = [
  ['another version than it says', 'MODEL_MISMATCH', () => lie(good.bytes, { version: 9 })],
  ['another name than it says', 'MODEL_MISMATCH', () => lie(good.bytes, { name: 'other' })],
  ['size lies', 'MODEL_MISMATCH', () => lie(good.bytes, { size: good.bytes.length + 100 })],
  [
    'a manifest for another model',
    'MODEL_MISMATCH',
    () => {
      const chunkDigests = cutModel(goodModel(6)).description.chunkDigests
      return { file: { ...goodModel(6), id: good.id }, manifest: lie(good.bytes, { chunkDigests }).manifest }
    },
  ],
  ['layers that do not fit', 'MODEL_INVALID', () => withLayers(40)],
  ['layers of another width', 'MODEL_INVALID', () => withLayers(24)],
  [
    'a context is missing',
    'MODEL_UNSUPPORTED',
    () => {
      const model = Model.decode(good.bytes)
      model.contexts.pop()
      return lie(Model.encode(model).finish())
    },
  ],
  ['a truncated model', 'MODEL_CORRUPT', () => lie(good.bytes.subarray(0, 150_000))],
  ['no model at all', 'MODEL_CORRUPT', () => lie(Buffer.alloc(3 * CHUNK_BYTES, 0xff))],
]

t.test('hostile orders', brokerRequires('sh'), async (t) => {
  const broker = await testBroker(t)
  const receiver = await Receiver.connect(t, broker)
  const folder = join(t.testdir({}), 'state')
  const agent = runAgent(t, enrolledFolder(folder, [ops, config], { broker: broker.settings }))
  const files = () => readdirSync(statePath(folder, 'models'))
  const last = () => reportsOf(receiver).at(-1)
  await until('the agent listens', () => receiver.received.some(({ topic }) => topic.endsWith('/echo')))
  publishChunks(receiver, good)

  let refused = 0
  for (const [what, code, envelope] of REFUSED) {
    receiver.publish(desiredTopic(EVERY_NODE), envelope(), { retain: true })
    refused++
    await until(`${what} is refused`, () => last()?.refused === refused)
    t.equal(last()!.lastRefusal!.code, code, what)
    t.match(last(), { active: { id: shipped.id }, rollout: null }, `${what} changes nothing`)
    t.same(files(), [], `${what} leaves nothing on disk`)
  }

  for (const [what, code, make] of REJECTED) {
    const { file, manifest } = make()
    publishChunks(receiver, file)
    receiver.publish(desiredTopic(EVERY_NODE), signedManifest(ops, manifest), { retain: true })
    const report = await reported(
      receiver,
      `REJECTED ${code}`,
      ({ rollout }) => rollout!.rolloutId === manifest.rolloutId,
    )
    t.match(report, { active: { id: shipped.id }, candidate: null }, what)
    t.same(files(), ['state.json'], `${what} leaves nothing on disk`)
  }

  // Chunks that change places: refused one by one, never joined, and given up in time.
  const swapped = goodModel(7)
  const { chunks } = cutModel(swapped)
  for (const number of [0, 1])
    receiver.publish(chunkTopic(swapped.id, number), chunks[1 - number]!, { retain: true })
  const before = last()!.refused
  receiver.publish(
    desiredTopic(EVERY_NODE),
    signedManifest(ops, testManifest(swapped, { bounds: { ...QUICK_BOUNDS, deadlineSeconds: 2 } })),
    { retain: true },
  )
  const late = await reported(receiver, 'TIMED_OUT ROLLOUT_TIMED_OUT')
  t.ok(late.refused >= before + 2)
  t.equal(late.lastRefusal!.code, 'MODEL_CHUNK_INVALID')
  t.same(files(), ['state.json'])

  // One good model is taken; then older ones and older orders are not.
  const old = sign({ rolloutId: randomUUID() })
  publishModel(receiver, good, sign({ minimumVersion: 4 }))
  t.equal((await reported(receiver, 'SUCCEEDED')).active.id, good.id)
  receiver.publish(desiredTopic(EVERY_NODE), old, { retain: true })
  await until('the old order is refused', () => last()!.lastRefusal!.code === 'ENVELOPE_OLD_REVISION')
  publishModel(receiver, goodModel(4), signedManifest(ops, testManifest(goodModel(4))))
  t.equal((await reported(receiver, 'REJECTED MODEL_OLD_VERSION')).active.id, good.id)
  const tooOld = testManifest(goodModel(3), { stage: 'rollback' })
  publishModel(receiver, goodModel(3), signedManifest(ops, tooOld))
  await reported(
    receiver,
    'REJECTED MODEL_OLD_VERSION',
    ({ rollout }) => rollout!.rolloutId === tooOld.rolloutId,
  )
  publishModel(receiver, goodModel(4), signedManifest(ops, testManifest(goodModel(4), { stage: 'rollback' })))
  const back = await reported(receiver, 'SUCCEEDED', ({ active }) => active.version === 4)
  t.same(files().sort(), [`${back.active.id}.model`, 'state.json'])
  t.equal(await agent.stop(), 0, agent.stderr)
})
