import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Config } from '../../../agent/config.js'
import { FleetConfig } from '../../../agent/desired/fleet-config.js'
import { DesiredStore } from '../../../agent/desired/store.js'
import { statePath } from '../../../agent/state-folder.js'
import type { DesiredConfig } from '../../../core/desired-config.js'
import type { TrustedKeys } from '../../../core/signature/trusted-keys.js'
import {
  ALL,
  anException,
  desired,
  enrolledFolder,
  localConfig,
  NODE,
  SITE,
  signedConfig,
} from '../../support/desired.js'
import { NOW, type TestKey, testKey, trusting } from '../../support/signing.js'

const ops = testKey('ops')
const next = testKey('next')
const CAP = 'alerts.capPerMinute'

async function setUp(t: Test, local: Config = localConfig()) {
  const folder = statePath(enrolledFolder(t, ops), 'desired')
  const trust: { keys: TrustedKeys } = { keys: trusting(ops) }
  const open = async (settings = local, now = NOW) =>
    FleetConfig.open({ store: await DesiredStore.open(folder), trust, local: settings }, now)
  return { fleet: await open(), open, trust, folder }
}

const codes = (fleet: FleetConfig) => fleet.refusals.map(({ error }) => error.code)
const revisions = (fleet: FleetConfig) => fleet.levels.map(({ level, revision }) => `${level} ${revision}`)

t.test('levels come over one another, whatever order they came in', async (t) => {
  const { fleet, open } = await setUp(t)
  t.equal(fleet.wanted.alerts.capPerMinute, 60)
  t.equal(await fleet.take('node', signedConfig(ops, 3, desired({ [CAP]: 3 })), NOW), 'accepted')
  await fleet.take('all', signedConfig(ops, 1, desired({ [CAP]: 1, idleSeconds: 5 }), { target: ALL }), NOW)
  await fleet.take(
    'site',
    signedConfig(ops, 2, desired({ [CAP]: 2, 'log.level': 'warn' }), { target: SITE }),
    NOW,
  )
  for (const each of [fleet, await open()]) {
    t.match(each.wanted, { alerts: { capPerMinute: 3 }, idleSeconds: 5, log: { level: 'warn' } })
    t.same(revisions(each), ['all 1', 'site 2', 'node 3'])
    t.same(codes(each), [])
  }
  t.equal(await fleet.take('node', signedConfig(ops, 4, desired({})), NOW), 'accepted')
  t.equal(fleet.wanted.alerts.capPerMinute, 2, 'a level that wants nothing gives way')
})

t.test('the level is that of the signed target, not of the topic', async (t) => {
  const { fleet } = await setUp(t)
  await fleet.take('node', signedConfig(ops, 1, desired({ [CAP]: 1 }), { target: ALL }), NOW)
  t.same(revisions(fleet), ['all 1'])
})

t.test('the same again is known; an older or another one of that revision is refused', async (t) => {
  const { fleet, open } = await setUp(t)
  const five = signedConfig(ops, 5, desired({ [CAP]: 5 }))
  await fleet.take('node', five, NOW)
  for (const each of [fleet, await open()]) {
    t.equal(await each.take('node', five, NOW), 'known')
    for (const revision of [4, 5]) {
      await each.take('node', signedConfig(ops, revision, desired({ [CAP]: 9 })), NOW)
      t.same(codes(each), ['ENVELOPE_OLD_REVISION'])
    }
    t.equal(each.wanted.alerts.capPerMinute, 5)
    t.equal(each.refusalCounts.get('ENVELOPE_OLD_REVISION'), 2)
  }
  await fleet.take('node', signedConfig(ops, 6, desired({})), NOW)
  t.same(codes(fleet), [], 'forgotten with the next good one')
})

t.test('what was accepted in time stays after its expiry', async (t) => {
  const { fleet, open } = await setUp(t)
  await fleet.take('node', signedConfig(ops, 1, desired({ [CAP]: 5 }), { expiresAt: NOW + 1 }), NOW)
  t.same(revisions(await open(undefined, NOW + 10)), ['node 1'])
})

t.test(
  'settings of a key that is trusted no more are dropped, and come back with a new signature',
  async (t) => {
    const { fleet, trust, open } = await setUp(t)
    await fleet.take('all', signedConfig(ops, 8, desired({ [CAP]: 8 }), { target: ALL }), NOW)
    const byNext = signedConfig(next, 3, desired({ [CAP]: 9 }), { target: ALL })
    await fleet.take('all', byNext, NOW)
    t.same(codes(fleet), ['SIGNATURE_UNKNOWN_KEY'])

    trust.keys = trusting(ops, next)
    t.equal(fleet.dropUntrusted(NOW), false)
    trust.keys = trusting(next)
    t.equal((await open()).wanted.alerts.capPerMinute, 60, 'at the start, too')
    t.equal(fleet.dropUntrusted(NOW), true)
    t.equal(fleet.wanted.alerts.capPerMinute, 60)
    t.same(codes(fleet), ['SIGNATURE_UNKNOWN_KEY'])
    await fleet.take('all', byNext, NOW)
    t.equal(fleet.wanted.alerts.capPerMinute, 9, 'any revision, because who signed the last one is out')
  },
)

t.test('what time or other keys undo is tried again', async (t) => {
  const { fleet, trust } = await setUp(t)
  const accepted = (change: object, key: TestKey = ops) => signedConfig(key, 7, desired({ [CAP]: 7 }), change)
  await fleet.take('node', accepted({ notBefore: NOW + 5 }), NOW)
  t.equal(await fleet.retry(NOW + 4), false)
  t.equal(fleet.refusalCounts.get('ENVELOPE_NOT_YET_VALID'), 1, 'counted once')
  t.equal(await fleet.retry(NOW + 5), true)
  t.equal(fleet.wanted.alerts.capPerMinute, 7)
  t.same(codes(fleet), [])

  await fleet.take('site', accepted({ target: SITE }, next), NOW)
  trust.keys = trusting(ops, next)
  t.equal(await fleet.retry(NOW), true)
  await fleet.take('node', signedConfig(ops, 9, desired({ nonsense: 1 })), NOW)
  t.equal(await fleet.retry(NOW), false, 'nonsense stays nonsense')
  t.equal(fleet.refusalCounts.get('CONFIG_INVALID'), 1)
})

t.test('detection may be disabled by who says so, on every level', async (t) => {
  const broad = (change: Partial<DesiredConfig> = {}) => {
    const { peer: _peer, ...rest } = anException({ port: 53 })
    return desired({}, { exceptions: [rest], ...change })
  }
  for (const [level, target] of [
    ['all', ALL],
    ['site', SITE],
    ['node', NODE],
  ] as const) {
    const { fleet, open } = await setUp(t)
    await fleet.take(level, signedConfig(ops, 1, broad(), { target }), NOW)
    t.same(codes(fleet), ['CONFIG_DISABLES_DETECTION'], level)
    const meant = signedConfig(ops, 1, broad({ mayDisableDetection: true }), { target })
    t.equal(await fleet.take(level, meant, NOW), 'accepted')
    t.same((await open()).levels.length, 1)
  }
})

t.test('two levels that only together disable detection', async (t) => {
  const local = localConfig({ serverPorts: [53, 5353] })
  const { fleet, open } = await setUp(t, local)
  const port = (number: number) => {
    const { peer: _peer, ...rest } = anException({ port: number })
    return desired({}, { exceptions: [rest] })
  }
  t.equal(await fleet.take('node', signedConfig(ops, 1, port(53)), NOW), 'accepted')
  await fleet.take('all', signedConfig(ops, 1, port(5353), { target: ALL }), NOW)
  t.same(codes(fleet), ['CONFIG_DISABLES_DETECTION'])
  t.same(revisions(fleet), ['node 1'])

  // The machine's own settings may change between two starts, too.
  const narrower = await open(localConfig({ serverPorts: [53] }))
  t.same(codes(narrower), ['CONFIG_DISABLES_DETECTION'])
  t.same(revisions(narrower), [])
})

t.test('a file that was damaged is passed over and reported', async (t) => {
  const { fleet, open, folder } = await setUp(t)
  await fleet.take('all', signedConfig(ops, 1, desired({ [CAP]: 8 }), { target: ALL }), NOW)
  writeFileSync(join(folder, 'node.envelope'), 'noise')
  const again = await open()
  t.same(codes(again), ['ENVELOPE_MALFORMED'])
  t.equal(again.wanted.alerts.capPerMinute, 8)
})

t.test('what cannot be kept is not obeyed', async (t) => {
  const { fleet, folder } = await setUp(t)
  chmodSync(folder, 0o500)
  if (process.getuid?.() === 0) {
    // Root may write anywhere: a folder in the way of the file does it, too.
    chmodSync(folder, 0o700)
    const { mkdirSync } = await import('node:fs')
    mkdirSync(join(folder, 'node.envelope', 'x'), { recursive: true })
  }
  await fleet.take('node', signedConfig(ops, 1, desired({ [CAP]: 8 })), NOW)
  chmodSync(folder, 0o700)
  t.same(codes(fleet), ['FILE_UNWRITABLE'])
  t.equal(fleet.wanted.alerts.capPerMinute, 60)
})
