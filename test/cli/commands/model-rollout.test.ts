import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readVerifyingKey } from '../../../core/signature/keys.js'
import { ROLES } from '../../../core/signature/payload-types.js'
import { brokerRequires, testBroker } from '../../support/brokers.js'
import { firsteight, jsonLines } from '../../support/command-line.js'
import { Receiver, until } from '../../support/link.js'
import { enrolledFolder, reported, reportsOf, runAgent } from '../../support/model-agent.js'
import { badModel, goodModel, shipped } from '../../support/models.js'

/** The commands of `model` that reach agents, with a real agent at a real broker. */

t.setTimeout(300_000)

t.test('sign, publish, status, rollout, rollback', brokerRequires('sh'), async (t) => {
  const broker = await testBroker(t, { deaths: true })
  const folder = t.testdir({})
  await firsteight(['keygen', join(folder, 'ops')])
  const trusted = { key: await readVerifyingKey(join(folder, 'ops.pub')), name: 'ops', roles: ROLES }
  const receiver = await Receiver.connect(t, broker)
  const [good, bad, manifest] = ['good.model', 'bad.model', 'shadow.manifest'].map((name) =>
    join(folder, name),
  ) as [string, string, string]
  writeFileSync(good, goodModel(2).bytes)
  writeFileSync(bad, badModel(3).bytes)
  const at = broker.flags
  const signing = ['--sign-with', join(folder, 'ops.key')]
  const quick = ['--minimum-streams', '20', '--shadow-seconds', '1', '--watch-intervals', '1']
  const to = (target: string) => ['--target', target, ...signing, ...quick]

  const nobody = await firsteight(['model', 'rollout', good, ...to('all'), ...at])
  t.equal(nobody.exitCode, 8, nobody.stderr)
  t.match(nobody.stderr, /ROLLOUT_STOPPED.*no agent of all is online/)
  t.match(await firsteight(['model', 'status', ...at]), { exitCode: 0, stdout: /no agents/ })

  const agent = runAgent(t, enrolledFolder(join(folder, 'state'), [{ trusted }], { broker: broker.settings }))
  await until('the agent reports', () => reportsOf(receiver).length > 0)

  const signed = await firsteight([
    'model',
    'sign',
    good,
    ...to('test/edge'),
    '--envelope-out',
    manifest,
    '--json',
  ])
  t.equal(signed.exitCode, 0, signed.stderr)
  const { summary } = JSON.parse(signed.stdout)
  t.match(summary, {
    modelId: goodModel(2).id,
    stage: 'shadow',
    topic: 'firsteight/v1/test/edge/model/desired',
  })
  const other = await firsteight(['model', 'publish', manifest, bad, ...at])
  t.match(other, { exitCode: 9, stderr: /MODEL_MISMATCH/ })
  const published = await firsteight(['model', 'publish', manifest, good, ...at, '--json'])
  t.match(JSON.parse(published.stdout), { summary: { target: 'test/edge', chunksSent: 4 } })
  await reported(receiver, 'SUCCEEDED')
  const again = await firsteight(['model', 'publish', manifest, good, ...at, '--json'])
  t.match(
    JSON.parse(again.stdout),
    { summary: { chunksSent: 0 } },
    'what stands at the broker is not sent again',
  )

  const rolled = await firsteight([
    'model',
    'rollout',
    good,
    ...to('test'),
    ...at,
    '--canary-agents',
    '1',
    '--json',
  ])
  t.equal(rolled.exitCode, 0, rolled.stdout + rolled.stderr)
  const lines = jsonLines(rolled.stdout)
  t.same(
    lines.map(({ stage }) => stage),
    ['shadow', 'canary', 'all', undefined],
  )
  t.match(lines.at(-1), { summary: { agents: 1, modelId: goodModel(2).id, chunksSent: 0 } })
  t.equal(reportsOf(receiver).at(-1)!.active.id, goodModel(2).id)

  const row = new RegExp(
    `test/edge +yes +default 2 \\(${goodModel(2).id.slice(0, 12)}, signed by ops\\) +full`,
  )
  let status = await firsteight(['model', 'status', ...at])
  // A node of NATS that has just come back may still retain the report before.
  for (let look = 0; look < 10 && !row.test(status.stdout); look++) {
    status = await firsteight(['model', 'status', ...at])
  }
  t.match(status.stdout, row)
  const [node] = jsonLines(
    (await firsteight(['model', 'status', ...at, '--target', 'test', '--json'])).stdout,
  )
  t.match(node, {
    site: 'test',
    node: 'edge',
    online: true,
    active: { version: 2 },
    rollout: { state: 'SUCCEEDED', stage: 'FULL' },
  })

  const refused = await firsteight(['model', 'rollout', bad, ...to('all'), ...at])
  t.equal(refused.exitCode, 8, refused.stderr)
  t.match(refused.stderr, /ROLLOUT_STOPPED\]: shadow: 1 of 1 agents.*test\/edge.*MODEL_OUT_OF_BOUNDS/s)

  const back = await firsteight(['model', 'rollback', '--target', 'test', ...signing, ...at])
  t.equal(back.exitCode, 0, back.stderr)
  await reported(receiver, 'SUCCEEDED', ({ active }) => active.id === shipped.id)
  const forward = await firsteight(['model', 'rollback', '--target', 'all', '--to', good, ...signing, ...at])
  t.equal(forward.exitCode, 0, forward.stderr)
  await reported(receiver, 'SUCCEEDED', ({ active }) => active.id === goodModel(2).id)
  t.equal(await agent.stop(), 0)
})

t.test('wrong command lines say what is needed', async (t) => {
  const folder = t.testdir({})
  await firsteight(['keygen', join(folder, 'ops')])
  const model = join(folder, 'a.model')
  writeFileSync(model, shipped.bytes)
  const to = ['--target', 'all', '--sign-with', join(folder, 'ops.key')]
  for (const [args, message] of [
    [['sign', model, ...to], /--envelope-out is needed/],
    [['sign', model, ...to, '--envelope-out', 'x', '--stage', 'canary'], /--share is needed/],
    [
      ['sign', model, ...to, '--envelope-out', 'x', '--stage', 'all', '--share', '0.5'],
      /--share does not go/,
    ],
    [['sign', model, '--target', 'a/b/c'], /target/],
    [
      ['rollout', model, ...to, '--from', 'all', '--until', 'shadow'],
      /--from all comes after --until shadow/,
    ],
    [['rollout', model, ...to, '--envelope-out', 'x'], /signs each stage in turn/],
    [['rollback', ...to, '--to', model, '--leave', 'ab'.repeat(32)], /exclude each other/],
    [['rollback', ...to, '--leave', 'ab'], /64 hex digits/],
  ] as const) {
    const { exitCode, stderr } = await firsteight(['model', ...args])
    t.ok(exitCode === 2 || exitCode === 3, `${args.join(' ')}: ${exitCode}`)
    t.match(stderr, message)
  }
  const offline = join(folder, 'back.manifest')
  const leave = ['rollback', ...to, '--leave', shipped.id, '--envelope-out', offline]
  t.equal((await firsteight(['model', ...leave])).exitCode, 0, 'a rollback can be signed offline, too')
  t.ok(readFileSync(offline).length > 100)
})
