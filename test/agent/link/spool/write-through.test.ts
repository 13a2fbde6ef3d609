import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { encodeRecord } from '../../../../agent/link/spool/record.js'
import { Segment } from '../../../../agent/link/spool/segment.js'
import { type SyncPolicy, WriteThrough } from '../../../../agent/link/spool/write-through.js'
import { until } from '../../../support/link.js'

function writing(t: Test, policy: SyncPolicy) {
  const folder = t.testdir()
  const segment = Segment.create(join(folder, 'review-0000000001'), 1)
  t.teardown(() => segment.remove())
  const failures: unknown[] = []
  let groups = 0
  const writeThrough = new WriteThrough({
    folder,
    policy,
    unsynced: () => (segment.synced < segment.records ? [segment] : []),
    done: () => groups++,
    failed: (error) => failures.push(error),
  })
  writeThrough.folderChanged()
  const write = () => {
    const record = { eventId: randomUUID(), queuedAtMilliseconds: 5, payload: Buffer.from('x') }
    segment.append((mark) => encodeRecord(mark, record), 5)
    writeThrough.written()
  }
  return { folder, segment, write, writeThrough, failures, groups: () => groups }
}

t.test('each record before it returns, or left to the system', async (t) => {
  for (const policy of ['record', 'system'] as const) {
    const { segment, write, writeThrough, failures, groups } = writing(t, policy)
    write()
    write()
    t.equal(segment.synced, 2, policy)
    t.equal(groups(), 0)
    await writeThrough.close()
    t.same(failures, [])
  }
})

t.test(
  'a group: not before it is written through, all at once, and again for what came meanwhile',
  async (t) => {
    const { segment, write, writeThrough, groups } = writing(t, 'group')
    for (let record = 0; record < 100; record++) write()
    t.equal(segment.synced, 0)
    await until('the group is on the disk', () => groups() === 1)
    t.equal(segment.synced, 100)
    write()
    t.equal(segment.synced, 100)
    await until('the next group', () => groups() === 2)
    t.equal(segment.synced, 101)
    write()
    await writeThrough.close()
    t.equal(segment.synced, 102, 'nothing is left at the end')
  },
)

t.test('a folder that cannot be written through is told of, and nothing is thrown', async (t) => {
  for (const policy of ['record', 'group'] as const) {
    const { folder, write, writeThrough, failures } = writing(t, policy)
    rmSync(folder, { recursive: true })
    write()
    await writeThrough.close()
    t.match(failures, [{ code: 'ENOENT' }], policy)
  }
})
