import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { EvidenceStore } from '../../../agent/evidence/store.js'
import { evidenceContent, evidenceId } from '../../support/evidence-content.js'
import { createListLog } from '../../support/link.js'

const BLOCK = 4096
const CHILD = fileURLToPath(new URL('../../support/evidence-child.js', import.meta.url))

function open(folder: string, budgetBytes = 10 * BLOCK, step?: () => void) {
  const { log, lines } = createListLog()
  return EvidenceStore.open({ folder, budgetBytes, log, ...(step && { step }) }).then((store) => ({
    store,
    lines,
  }))
}

const ids = (store: EvidenceStore) => store.files.map(({ id }) => id)
const sizeOf = (folder: string) =>
  readdirSync(folder).reduce(
    (sum, name) => sum + Math.ceil(statSync(join(folder, name)).size / BLOCK) * BLOCK,
    0,
  )

t.test('files are written, extended and read; nobody else may read them', async (t) => {
  const folder = join(t.testdir(), 'evidence')
  const { store } = await open(folder)
  t.equal(statSync(folder).mode & 0o777, 0o700)
  t.ok(store.write(evidenceId(1), evidenceContent(1)))
  t.ok(store.has(evidenceId(1)), 'even before it is written')
  t.ok(store.append(evidenceId(1), Buffer.from('more')))
  t.same(await store.read(evidenceId(1)), Buffer.concat([evidenceContent(1), Buffer.from('more')]))
  t.equal(await store.read(evidenceId(2)), undefined)
  t.equal(statSync(join(folder, `${evidenceId(1)}.pcapng`)).mode & 0o777, 0o600)
  t.match(store.files, [{ id: evidenceId(1), bytes: 5005 }])
  t.same(store.counters, { files: 1, bytes: 2 * BLOCK, dropped: 0, failed: 0 })
})

t.test('the budget holds at every step, the oldest go first, and restarts know them', async (t) => {
  const folder = t.testdir()
  let most = 0
  const { store } = await open(folder, 10 * BLOCK, () => {
    most = Math.max(most, sizeOf(folder))
  })
  for (let number = 0; number < 20; number++) {
    store.write(evidenceId(number), evidenceContent(number))
    store.append(evidenceId(number), Buffer.alloc(4000))
    await store.settled()
  }
  t.ok(most > 6 * BLOCK && most <= 10 * BLOCK, `${most} bytes at most`)
  t.equal(sizeOf(folder), store.counters.bytes)
  t.equal(store.counters.dropped, 20 - store.counters.files)
  t.equal(store.counters.failed, 0)
  t.same(ids(store), [18, 19].map(evidenceId))
  for (const [index, id] of ids(store).entries()) {
    utimesSync(join(folder, `${id}.pcapng`), 1000 - index, 1000 - index)
  }

  const { store: again } = await open(folder, 5 * BLOCK)
  t.same(ids(again), [18].map(evidenceId), 'by time of writing; the budget is smaller now')
  t.equal(again.counters.dropped, 1)
})

t.test('what does not fit at all is not written, and costs no other file', async (t) => {
  const { store, lines } = await open(t.testdir(), 4 * BLOCK)
  store.write(evidenceId(1), evidenceContent(1))
  store.append(evidenceId(1), evidenceContent(1))
  store.write(evidenceId(2), new Uint8Array(5 * BLOCK))
  await store.settled()
  t.same(ids(store), [evidenceId(1)])
  t.equal(store.counters.failed, 2)
  t.match(lines.join(''), /do not fit into the budget/)
})

t.test('what a dropped file would have got is dropped with it', async (t) => {
  const { store } = await open(t.testdir(), 4 * BLOCK)
  for (const number of [1, 2, 3]) store.write(evidenceId(number), evidenceContent(number))
  store.append(evidenceId(1), evidenceContent(1))
  await store.settled()
  t.same(ids(store), [2, 3].map(evidenceId))
  t.same(store.counters, { files: 2, bytes: 4 * BLOCK, dropped: 1, failed: 0 })
})

t.test('when too much waits for the disk, more is turned away', async (t) => {
  const { store } = await open(t.testdir(), 100 * 1024 * 1024)
  const large = new Uint8Array(1024 * 1024)
  const accepted = Array.from({ length: 6 }, (_, number) => store.write(evidenceId(number), large))
  t.same(accepted, [true, true, true, true, false, false])
  t.notOk(store.has(evidenceId(5)))
  await store.settled()
  t.ok(store.write(evidenceId(6), large), 'there is room again')
  await store.settled()
  t.match(store.counters, { files: 5, failed: 2 })
})

t.test('a disk that refuses is told once, and is tried again', async (t) => {
  const folder = t.testdir()
  let full = true
  const { store, lines } = await open(folder, 10 * BLOCK, () => {
    if (full) throw new Error('the disk is full')
  })
  store.write(evidenceId(1), evidenceContent(1))
  store.write(evidenceId(1), evidenceContent(1))
  await store.settled()
  t.same(store.counters, { files: 0, bytes: 0, dropped: 0, failed: 2 })
  t.same(readdirSync(folder), [])
  t.equal(lines.filter((line) => line.includes('the disk is full')).length, 1)
  full = false
  store.write(evidenceId(2), evidenceContent(2))
  await store.settled()
  t.same(ids(store), [evidenceId(2)])
})

t.test("others' files and links are left alone", async (t) => {
  const folder = t.testdir({ 'notes.txt': 'mine', 'x.pcapng': 'mine' })
  mkdirSync(join(folder, `${evidenceId(1)}.pcapng`))
  writeFileSync(join(folder, 'target'), 'secret')
  symlinkSync(join(folder, 'target'), join(folder, `${evidenceId(2)}.pcapng`))
  const { store } = await open(folder)
  t.same(ids(store), [])
  t.equal(await store.read(evidenceId(2)), undefined)
  t.equal(readdirSync(folder).length, 5)
})

t.test('killed at every step of a write, the next start finds whole files within the budget', async (t) => {
  const folder = join(t.testdir(), 'evidence')
  const budget = 12 * BLOCK
  for (const step of ['written', 'synced', 'renamed', 'durable']) {
    for (const before of [0, 7]) {
      const { signal, stderr } = spawnSync(
        process.execPath,
        [CHILD, folder, String(budget), step, String(before)],
        {
          encoding: 'utf8',
        },
      )
      t.equal(signal, 'SIGKILL', stderr)
      t.ok(sizeOf(folder) <= budget, `${step} ${before}: ${sizeOf(folder)} bytes`)
      const { store } = await open(folder, budget)
      t.notOk(readdirSync(folder).some((name) => name.endsWith('.partial')))
      t.equal(store.counters.bytes, sizeOf(folder))
      for (const id of ids(store)) {
        const number = Number(id.slice(-12))
        const content = readFileSync(join(folder, `${id}.pcapng`))
        const once = evidenceContent(number)
        t.ok(
          content.equals(once) || content.equals(Buffer.concat([once, once])),
          `${step} ${before}: ${id} is whole`,
        )
      }
    }
  }
})
