import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { RolloutRecord } from '../../../agent/models/record.js'
import type { CurrentRollout } from '../../../agent/models/state.js'
import { ModelStore } from '../../../agent/models/store.js'
import { EVERY_NODE } from '../../../core/signature/target.js'
import { firsteight } from '../../../generated/messages.js'
import { createListLog } from '../../support/link.js'

const { RolloutStage, RolloutState } = firsteight.v1
const ID = 'ab'.repeat(32)
const ROLLOUT: CurrentRollout = {
  order: { envelope: 'AAAA', signer: { keyId: ID, name: 'ops', publicKey: 'BBBB' } },
  acceptedAt: 9,
  report: {
    ...{ rolloutId: 'r', revision: 7, target: EVERY_NODE, stage: RolloutStage.FULL, modelId: ID },
    ...{ state: RolloutState.QUEUED, code: '', reason: '', activity: '', chosen: true },
    ...{ chunksHeld: 0, chunks: 2, sinceMicroseconds: 5, signerKeyId: ID, signerName: 'ops' },
  },
}

async function setUp(t: Test) {
  const folder = join(t.testdir(), 'models')
  const { log, lines } = createListLog()
  const { store } = await ModelStore.open(folder, { log })
  await store.change({ rollout: ROLLOUT }, 'order')
  let [now, told] = [100, 0]
  const record = new RolloutRecord({ log, store, now: () => now++, changed: () => told++ })
  const reopened = async () => (await ModelStore.open(folder, { log })).store.state.rollout!.report
  return { folder, lines, record, told: () => told, reopened }
}

t.test('a note is stored and told; the time is that of the last change of state', async (t) => {
  const { record, told, reopened } = await setUp(t)
  await record.note({ state: RolloutState.IN_PROGRESS, activity: 'fetching' })
  const since = record.report.sinceMicroseconds
  t.equal(since, 100)
  await record.note({ activity: 'shadow', reason: 'x'.repeat(10_000) })
  t.equal(record.report.sinceMicroseconds, since)
  t.equal(record.report.reason.length, 500)
  t.equal(told(), 2)
  t.match(await reopened(), { state: RolloutState.IN_PROGRESS, activity: 'shadow', sinceMicroseconds: since })
  t.equal(record.activeId, undefined, 'the configured model scores')
})

t.test('an end is stored, told and logged', async (t) => {
  const { record, told, lines, reopened } = await setUp(t)
  await record.end('REJECTED', 'too old', 'MODEL_OLD_VERSION')
  t.match(await reopened(), { state: RolloutState.REJECTED, code: 'MODEL_OLD_VERSION', reason: 'too old' })
  t.equal(told(), 1)
  t.match(lines.join(''), /REJECTED too old/)
})

t.test('an end that cannot be stored is told all the same', async (t) => {
  const { record, told, lines, folder } = await setUp(t)
  rmSync(folder, { recursive: true })
  writeFileSync(folder, 'no folder any more')
  await record.end('TIMED_OUT', 'late', 'ROLLOUT_TIMED_OUT')
  t.match(record.report, { state: RolloutState.TIMED_OUT, code: 'ROLLOUT_TIMED_OUT' })
  t.equal(told(), 1)
  t.match(lines.join(''), /could not be written/)
})
