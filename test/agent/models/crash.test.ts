import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { statePath } from '../../../agent/state-folder.js'
import { decodeStatus } from '../../../core/messages.js'
import type { ModelFile } from '../../../core/model-file.js'
import { cutModel, desiredTopic, type ModelManifest } from '../../../core/model-manifest.js'
import { EVERY_NODE } from '../../../core/signature/target.js'
import { brokerRequires, testBroker } from '../../support/brokers.js'
import { Receiver, until } from '../../support/link.js'
import {
  enrolledFolder,
  publishChunks,
  publishModel,
  reported,
  reportsOf,
  runAgent,
  stateOf,
} from '../../support/model-agent.js'
import {
  goodModel,
  QUICK_BOUNDS,
  shipped,
  signedManifest,
  smallModel,
  testManifest,
} from '../../support/models.js'
import { testKey } from '../../support/signing.js'

/** Killed outright at every step of what is written about models, the agent goes on with a verified model. */

t.setTimeout(600_000)
const NEEDS = brokerRequires('sh')
const CRASHING = fileURLToPath(new URL('../../support/crashing-agent.js', import.meta.url))
const CHUNK = 16_384
const ops = testKey('ops')

t.test('killed at each step once: shadow, rollout, return', NEEDS, async (t) => {
  const broker = await testBroker(t, { deaths: true })
  const receiver = await Receiver.connect(t, broker)
  const folder = join(t.testdir({}), 'state')
  const settings = enrolledFolder(folder, [ops], { broker: broker.settings })
  const diedAt = join(folder, 'died-at')
  const [good, bad] = [smallModel(8), smallModel(9, 1e-6)]
  const bounds = { ...QUICK_BOUNDS, watchIntervals: 1, maximumStarts: 100, deadlineSeconds: 3600 }
  const order = (file: ModelFile, change: Partial<ModelManifest>) => {
    publishChunks(receiver, file, CHUNK)
    const model = cutModel(file, CHUNK).description
    receiver.publish(
      desiredTopic(EVERY_NODE),
      signedManifest(ops, testManifest(file, { model, bounds, ...change })),
      {
        retain: true,
      },
    )
  }
  let kills = 0
  /** Runs agents until one comes to the end. */
  const runTo = async (state: string, active: string) => {
    for (;;) {
      const seen = receiver.received.length
      const child = spawn(process.execPath, [CRASHING, settings, diedAt], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let stderr = ''
      child.stderr.on('data', (data) => (stderr += data))
      t.teardown(() => child.kill('SIGKILL'))
      const exit = once(child, 'exit')
      const ofThisRun = () =>
        receiver.received.slice(seen).some(({ topic }) => topic.endsWith('/echo')) &&
        stateOf(reportsOf(receiver).at(-1)) === state
      let ended = false
      exit.then(() => (ended = true))
      await until(`the agent ends or reports ${state}`, () => ended || ofThisRun(), 120).catch((error) => {
        throw new Error(`${error.message}, last ${stateOf(reportsOf(receiver).at(-1))}: ${stderr}`)
      })
      if (!ended) {
        child.kill('SIGINT')
        await exit
        t.equal(child.exitCode, 0, 'it ends in order')
        t.equal(reportsOf(receiver).at(-1)!.active.id, active)
        return
      }
      if (child.signalCode !== 'SIGKILL') throw new Error(`ended by itself: ${stderr}`)
      kills++
    }
  }
  order(bad, { stage: 'shadow' })
  await runTo('REJECTED MODEL_OUT_OF_BOUNDS', shipped.id)
  order(good, {})
  await runTo('SUCCEEDED', good.id)
  order(bad, { force: true })
  await runTo('FAILED MODEL_OUT_OF_BOUNDS', good.id)

  const steps = readFileSync(diedAt, 'utf8').trim().split('\n')
  t.equal(steps.length, kills)
  for (const what of [
    'order',
    'fetching',
    'chunk 0',
    'chunk 1',
    'model',
    'candidate',
    'shadow',
    'refused',
    'switch',
    'start',
    'SUCCEEDED',
    'return',
  ]) {
    const dead = (done: string) => steps.includes(`${what} ${done}`)
    // Once renamed the write is not repeated, so each is died at either before or after the folder is synced.
    t.ok(
      dead('written') && dead('synced') && (dead('renamed') || dead('durable')),
      `died while writing ${what}`,
    )
  }
  t.comment(`${kills} kills`)
  t.same(readdirSync(statePath(folder, 'models')).sort(), [`${good.id}.model`, 'state.json'])

  // What every run said of itself was true.
  const statuses = receiver.received
    .filter(({ topic }) => topic.endsWith('/status'))
    .map(({ payload }) => decodeStatus(payload))
  for (const { active, rollout, header } of reportsOf(receiver)) {
    const scored = statuses
      .filter(({ header: { bootId } }) => bootId === header.bootId)
      .map(({ modelId }) => modelId)
    if (!scored.includes(active.id)) t.fail(`reported ${active.id}, ran ${scored}`)
    if (rollout?.activity === 'watching') t.equal(active.id, rollout.modelId)
    if (rollout?.activity === 'fetching' || rollout?.activity === 'shadow') t.not(active.id, rollout.modelId)
  }
})

t.test('a model under which the agent keeps ending is left at the start', NEEDS, async (t) => {
  const broker = await testBroker(t, { deaths: true })
  const receiver = await Receiver.connect(t, broker)
  const settings = enrolledFolder(join(t.testdir({}), 'state'), [ops], { broker: broker.settings })
  const good = goodModel(2)
  const bounds = { ...QUICK_BOUNDS, watchIntervals: 1000, maximumStarts: 1 }
  publishModel(receiver, good, signedManifest(ops, testManifest(good, { bounds })))
  for (const starts of [0, 1]) {
    const agent = runAgent(t, settings)
    await reported(receiver, 'IN_PROGRESS', ({ rollout }) => rollout!.watch?.starts === starts)
    agent.process.kill('SIGKILL')
    await agent.ended()
  }
  const agent = runAgent(t, settings)
  const back = await reported(receiver, 'FAILED MODEL_OUT_OF_BOUNDS')
  t.equal(back.active.id, shipped.id)
  t.match(back.rollout!.reason, /started 2 times; 1 are allowed/)
  t.equal(await agent.stop(), 0)
})

t.test('a model that was changed on disk is not run', NEEDS, async (t) => {
  const broker = await testBroker(t, { deaths: true })
  const receiver = await Receiver.connect(t, broker)
  const folder = join(t.testdir({}), 'state')
  const settings = enrolledFolder(folder, [ops], { broker: broker.settings })
  const [second, third] = [goodModel(2), goodModel(3)]
  let agent = runAgent(t, settings)
  for (const file of [second, third]) {
    publishModel(receiver, file, signedManifest(ops, testManifest(file)))
    await reported(receiver, 'SUCCEEDED', ({ active }) => active.id === file.id)
  }
  const path = (name: string) => join(statePath(folder, 'models'), name)
  const restart = async (change: () => void) => {
    await agent.stop()
    change()
    const seen = reportsOf(receiver).length
    agent = runAgent(t, settings)
    await until('it reports', () => reportsOf(receiver).length > seen)
    return reportsOf(receiver).at(-1)!
  }
  const flip = (file: ModelFile) => () => {
    const bytes = Buffer.from(file.bytes)
    bytes[bytes.length - 9]! ^= 1
    writeFileSync(path(`${file.id}.model`), bytes)
  }
  const previous = await restart(flip(third))
  t.match(previous, { active: { id: second.id }, previous: null, problemCode: 'MODEL_UNVERIFIED' })
  t.match(stateOf(previous), /^FAILED MODEL_UNVERIFIED/)
  t.notOk(existsSync(path(`${third.id}.model`)), 'and is gone')
  const last = await restart(() => {
    const state = JSON.parse(readFileSync(path('state.json'), 'utf8'))
    const envelope = Buffer.from(state.active.envelope, 'base64')
    envelope[100]! ^= 1
    state.active.envelope = envelope.toString('base64')
    writeFileSync(path('state.json'), JSON.stringify(state))
  })
  t.match(
    last,
    { active: { id: shipped.id }, problemCode: 'MODEL_UNVERIFIED' },
    'a signature that does not hold',
  )
  const anew = await restart(() => writeFileSync(path('state.json'), '{"schemaVersion":1'))
  t.match(anew, { active: { id: shipped.id }, problemCode: 'MODEL_UNVERIFIED' }, 'a torn state begins anew')
  await agent.stop()
})
