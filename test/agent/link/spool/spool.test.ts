import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { OutboxEntry } from '../../../../agent/link/outbox.js'
import { Spool, type SpoolOptions } from '../../../../agent/link/spool/spool.js'
import { createListLog, until } from '../../../support/link.js'
import { requires } from '../../../support/requires.js'
import { entry, idsOf, outboxContract, takeAll } from '../outbox-contract.js'

const MEGABYTE = 2 ** 20
const MOUNT = requires({ programs: ['mount', 'umount'], captureRight: true })

function openSpool(t: Test, change: Partial<SpoolOptions> = {}) {
  const { log, lines } = createListLog()
  const folder = change.folder ?? mkdtempSync(join(t.testdir(), 'spool-'))
  const spool = new Spool({
    folder,
    maximumBytes: 64 * MEGABYTE,
    maximumAgeMilliseconds: 3_600_000,
    sync: 'system',
    memory: { maximumMessages: 1000, maximumBytes: MEGABYTE },
    log,
    ...change,
  })
  t.teardown(() => spool.close())
  return { spool, folder, lines }
}

for (const [sync, numRuns] of [
  ['system', 80],
  ['record', 20],
] as const) {
  outboxContract({ name: `spool, sync ${sync}`, open: (t) => openSpool(t, { sync }).spool, numRuns })
}

t.test(
  'what was not acknowledged is there after the process has died, with the same event ids',
  async (t) => {
    const { spool, folder } = openSpool(t, { sync: 'group' })
    const reviews = Array.from({ length: 5000 }, () => entry({ bytes: 500 }))
    const urgent = entry({ class: 'escalation' })
    for (const each of [...reviews, urgent]) spool.push(each)
    const inFlight: OutboxEntry[] = []
    // Each class is written through by itself, the urgent one first.
    await until('a hundred are written through', () => {
      for (let taken = spool.take('live'); taken !== undefined; taken = spool.take('live')) {
        inFlight.push(taken)
        if (inFlight.length === 100) break
      }
      return inFlight.length === 100
    })
    t.same(inFlight[0], urgent)
    const gone = inFlight.slice(1, 51)
    for (const each of gone) spool.acknowledge(each)

    // Nothing is closed and nothing said, as with SIGKILL.
    const again = openSpool(t, { folder, sync: 'system' })
    t.match(again.spool.statistics(), {
      length: 5001 - 50,
      recovered: 5001 - 50,
      damaged: 0,
      storage: 'disk',
    })
    t.match(again.lines[0], /4951 alerts of an earlier start wait in the spool/)
    const left = idsOf(takeAll(again.spool, 'backlog'))
    const acknowledged = new Set(idsOf(gone))
    t.same(
      left,
      idsOf([urgent, ...reviews]).filter((id) => !acknowledged.has(id)),
    )
  },
)

t.test('entries are offered only when they are written through', async (t) => {
  const { spool } = openSpool(t, { sync: 'group' })
  let changes = 0
  spool.onChange(() => changes++)
  const made = entry()
  spool.push(made)
  t.equal(spool.take('live'), undefined)
  await until('the group is written through', () => changes > 0)
  t.same(spool.take('live'), made)
})

t.test('when full, the oldest reviews go, then the oldest escalations', async (t) => {
  const { spool, folder } = openSpool(t, { maximumBytes: MEGABYTE })
  const push = (alertClass: OutboxEntry['class'], count: number) => {
    for (let i = 0; i < count; i++) spool.push(entry({ class: alertClass, bytes: 10_000 }))
  }
  push('review', 300)
  const { length, bytes, dropped } = spool.statistics()
  t.equal(length + dropped.review, 300)
  t.ok(length >= 80 && bytes <= MEGABYTE, `${length} alerts, ${bytes} bytes`)
  const onDisk = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).blocks * 512, 0)
  t.ok(onDisk <= MEGABYTE, `${onDisk} bytes on disk`)
  push('escalation', 60)
  t.equal(spool.statistics().dropped.escalation, 0)
  push('escalation', 60)
  t.equal(spool.statistics().dropped.review, 300)
  t.ok(spool.statistics().dropped.escalation > 0)
  push('review', 3)
  const end = spool.statistics()
  t.ok(end.dropped.review >= 302, 'reviews find little room beside escalations')
  t.equal(end.length + end.dropped.escalation + end.dropped.review, 423)
})

t.test('what is too old is given up and counted', async (t) => {
  const { spool } = openSpool(t)
  spool.push(entry({ queuedAtMilliseconds: Date.now() - 3_601_000 }))
  const young = entry()
  spool.push(young)
  t.same(takeAll(spool, 'live'), [young])
  t.match(spool.statistics(), { length: 1, dropped: { review: 1 } })
})

t.test('files that are none of its own are left alone', async (t) => {
  const folder = t.testdir({
    'notes.txt': 'mine',
    'review-0000000007.segment': 'no segment at all',
    'review-0000000009.done': 'of a segment that is gone',
  })
  const { spool, lines } = openSpool(t, { folder })
  t.match(spool.statistics(), { recovered: 0, damaged: 1 })
  t.match(lines[0], /places that are no alerts/)
  t.same(readdirSync(folder), ['notes.txt'])
})

t.test('a folder that cannot be: alerts wait in memory, and on disk once it can', async (t) => {
  const folder = join(t.testdir({ place: 'a file, not a folder' }), 'place')
  const { spool, lines } = openSpool(t, { folder })
  const entries = [entry(), entry({ class: 'escalation' }), entry()]
  for (const each of entries.slice(0, 2)) spool.push(each)
  t.match(spool.statistics(), { storage: 'fallback', length: 2, fellBack: 2 })
  t.match(lines, [/WARN.*the spool cannot be written: .*alerts wait in memory/])
  const inFlight = spool.take('live')!
  t.equal(inFlight.eventId, entries[1]!.eventId)

  rmSync(folder)
  let changed = false
  spool.onChange(() => (changed = true))
  await until('it tries again', () => changed)
  t.match(spool.statistics(), { storage: 'disk', length: 2 })
  t.match(lines.at(-1), /the spool can be written again/)
  spool.push(entries[2]!)
  spool.putBack(inFlight)
  t.same(new Set(idsOf(takeAll(spool, 'live'))), new Set(idsOf(entries)))
  t.equal(readdirSync(folder).filter((name) => name.endsWith('.segment')).length, 1)
})

/** A file system in memory of this size, mounted until the end of the test. */
function smallDisk(t: Test, kibibytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'firsteight-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', folder])
  t.teardown(() => {
    execFileSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true })
  })
  return folder
}

t.test(
  'a full disk: nothing accepted is lost, memory takes over, and the disk again when it can',
  MOUNT,
  async (t) => {
    const disk = smallDisk(t, 256)
    const folder = join(disk, 'spool')
    const { spool, lines } = openSpool(t, {
      folder,
      sync: 'group',
      memory: { maximumMessages: 1000, maximumBytes: MEGABYTE },
    })
    const entries = Array.from({ length: 200 }, () => entry({ bytes: 2000 }))
    for (const each of entries) spool.push(each)
    const { storage, fellBack, length } = spool.statistics()
    t.match({ storage, length }, { storage: 'fallback', length: 200 })
    t.ok(fellBack > 50 && fellBack < 150, `${fellBack} in memory`)
    t.match(lines, [/the spool cannot be written: ENOSPC/])

    const received: OutboxEntry[] = []
    await until('all are offered and acknowledged', () => {
      for (let next = spool.take('live'); next; next = spool.take('live')) {
        received.push(next)
        spool.acknowledge(next)
      }
      return received.length === 200
    })
    t.same(new Set(idsOf(received)), new Set(idsOf(entries)))
    await until('it is back', () => spool.statistics().storage === 'disk')
    spool.push(entry())
    t.match(spool.statistics(), { length: 1, fellBack })
  },
)

t.test('a read-only disk: what lies there is still sent', MOUNT, async (t) => {
  const disk = smallDisk(t, 1024)
  const folder = join(disk, 'spool')
  mkdirSync(folder)
  const first = openSpool(t, { folder })
  const [old, young] = [entry(), entry()]
  first.spool.push(old)
  await first.spool.close()
  execFileSync('mount', ['-o', 'remount,ro', disk])
  t.throws(() => writeFileSync(join(folder, 'x'), ''), { code: 'EROFS' })

  const { spool, lines } = openSpool(t, { folder, sync: 'system' })
  t.match(spool.statistics(), { storage: 'fallback', recovered: 1 })
  spool.push(young)
  for (const lane of ['backlog', 'live'] as const) {
    const taken = takeAll(spool, lane)
    t.same(idsOf(taken), [lane === 'backlog' ? old.eventId : young.eventId])
    for (const each of taken) spool.acknowledge(each)
  }
  t.match(lines[0], /1 alerts of an earlier start/)
  t.match(lines[1], /the spool cannot be written: EROFS/)
  t.equal(spool.length, 0)
})

t.test('100,000 alerts go in and out', async (t) => {
  const { spool, folder } = openSpool(t, { maximumBytes: 256 * MEGABYTE, sync: 'group' })
  for (let i = 0; i < 100_000; i++) spool.push(entry({ bytes: 300 }))
  t.equal(spool.length, 100_000)
  let received = 0
  await until('all are through', () => {
    for (let next = spool.take('live'); next; next = spool.take('live')) {
      spool.acknowledge(next)
      received++
    }
    return received === 100_000
  })
  await spool.close()
  t.same(readdirSync(folder), [])
})
