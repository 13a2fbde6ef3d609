import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { statePath } from '../../../agent/state-folder.js'
import { decodeStatus } from '../../../core/messages.js'
import { brokerRequires, testBroker } from '../../support/brokers.js'
import { Receiver, until } from '../../support/link.js'
import {
  enrolledFolder,
  publishModel,
  reported,
  reportsOf,
  runAgent,
  stateOf,
} from '../../support/model-agent.js'
import {
  badModel,
  goodModel,
  QUICK_BOUNDS,
  shipped,
  signedManifest,
  testManifest,
} from '../../support/models.js'
import { testKey } from '../../support/signing.js'

/** A real agent, a real broker, a model's whole life. */

const NEEDS = brokerRequires('sh')
const ops = testKey('ops')

async function setUp(t: Test) {
  const broker = await testBroker(t, { deaths: true })
  const receiver = await Receiver.connect(t, broker)
  const folder = join(t.testdir({}), 'state')
  const settings = enrolledFolder(folder, [ops], { broker: broker.settings })
  const agent = runAgent(t, settings)
  const files = () => readdirSync(statePath(folder, 'models')).sort()
  return { receiver, settings, agent, files, folder }
}

const statusModels = (receiver: Receiver) =>
  receiver.received
    .filter(({ topic }) => topic.endsWith('/status'))
    .map(({ payload }) => decodeStatus(payload).modelId)

t.test('shadow, canary, all; a bad one is refused, and forced, returned from', NEEDS, async (t) => {
  const { receiver, settings, agent, files } = await setUp(t)
  const first = await until('the agent reports', () => reportsOf(receiver).length > 0).then(
    () => reportsOf(receiver)[0]!,
  )
  t.match(first, { active: { id: shipped.id, version: 1, signerKeyId: '' }, previous: null, rollout: null })

  const good = goodModel(2)
  const rolloutId = '6f9c2f2e-7d0a-4a55-9a3e-3f6f0f5f7a10'
  const stage = (change: Parameters<typeof testManifest>[1]) =>
    signedManifest(ops, testManifest(good, { rolloutId, ...change }))
  publishModel(receiver, good, stage({ stage: 'shadow' }))
  const shadow = await reported(receiver, 'SUCCEEDED')
  t.equal(shadow.active.id, shipped.id, 'a shadow changes nothing')
  t.match(shadow, { candidate: { id: good.id }, rollout: { chunks: 4, chunksHeld: 4, signerName: 'ops' } })
  const streams = shadow.rollout!.shadow!.contexts.reduce((sum, context) => sum + context.streams, 0)
  t.ok(streams >= QUICK_BOUNDS.minimumStreams, `${streams} streams compared`)

  publishModel(receiver, good, stage({ stage: 'canary', share: 1e-9 }))
  const left = await reported(receiver, 'QUEUED')
  t.match(left, { active: { id: shipped.id }, rollout: { chosen: false } })

  publishModel(receiver, good, stage({ stage: 'full' }))
  const switched = await reported(receiver, 'IN_PROGRESS', ({ active }) => active.id === good.id)
  t.equal(switched.rollout!.activity, 'watching')
  const full = await reported(receiver, 'SUCCEEDED')
  t.match(full, {
    active: { id: good.id, signerName: 'ops', signerTrusted: true },
    previous: { id: shipped.id },
  })
  t.ok(full.rollout!.watch!.streams > 0)
  t.equal(statusModels(receiver).at(-1), good.id, 'the status names it')
  t.same(files(), [`${good.id}.model`, 'state.json'], 'no chunks are left')

  const bad = badModel(3)
  publishModel(receiver, bad, signedManifest(ops, testManifest(bad, { stage: 'shadow' })))
  const rejected = await reported(receiver, 'REJECTED MODEL_OUT_OF_BOUNDS')
  t.match(rejected, { active: { id: good.id }, candidate: null })
  t.match(rejected.rollout!.reason, /in shadow .*anomalous/)
  t.equal(rejected.rollout!.shadow!.examples.length, 4)
  t.same(files(), [`${good.id}.model`, 'state.json'])

  publishModel(receiver, bad, signedManifest(ops, testManifest(bad)))
  await reported(receiver, 'REJECTED MODEL_REFUSED_BEFORE')

  const forced = signedManifest(ops, testManifest(bad, { force: true }))
  publishModel(receiver, bad, forced)
  const failed = await reported(receiver, 'FAILED MODEL_OUT_OF_BOUNDS')
  t.match(failed, { active: { id: good.id }, previous: null })
  t.ok(failed.rollout!.watch!.intervals <= 2, `${failed.rollout!.watch!.intervals} intervals`)
  t.ok(statusModels(receiver).includes(bad.id), 'it did score')
  t.equal(statusModels(receiver).at(-1), good.id)
  await until('the alerts are there', () =>
    receiver.reports.some(({ anomaly }) => anomaly?.modelId === bad.id),
  )
  t.ok(
    receiver.reports.every(({ anomaly }) => anomaly === undefined || anomaly.modelId === bad.id),
    'only the bad model alerted, and its alerts name it',
  )

  t.equal(await agent.stop(), 0, agent.stderr)
  const seen = receiver.received.length
  const again = runAgent(t, settings)
  await until('the second start has taken what is retained', () =>
    receiver.received.slice(seen).some(({ topic }) => topic.endsWith('/echo')),
  )
  const last = reportsOf(receiver).at(-1)!
  t.equal(stateOf(last), 'FAILED MODEL_OUT_OF_BOUNDS', 'the same order is not taken again')
  t.equal(last.active.id, good.id)

  publishModel(
    receiver,
    good,
    signedManifest(ops, testManifest(good, { stage: 'rollback', model: undefined, leave: good.id })),
  )
  const back = await reported(receiver, 'SUCCEEDED', ({ active }) => active.id === shipped.id)
  t.equal(back.previous, null)
  t.same(files(), ['state.json'])
  t.equal(await again.stop(), 0, again.stderr)
})
