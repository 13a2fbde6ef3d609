import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { removePartialFiles, writeFileWhole } from '../../core/write-file.js'

t.test('writes, replaces, and leaves nothing else behind', async (t) => {
  const folder = t.testdir({ 'old.txt': 'old' })
  await writeFileWhole(join(folder, 'old.txt'), 'new')
  await writeFileWhole(join(folder, 'bytes'), Uint8Array.of(1, 2))
  t.equal(await readFile(join(folder, 'old.txt'), 'utf8'), 'new')
  t.same([...(await readFile(join(folder, 'bytes')))], [1, 2])
  t.same((await readdir(folder)).sort(), ['bytes', 'old.txt'])
})

t.test('what cannot be written is said and leaves nothing behind', async (t) => {
  const folder = t.testdir()
  await mkdir(join(folder, 'taken', 'inside'), { recursive: true })
  await t.rejects(writeFileWhole(join(folder, 'taken'), 'x'), { code: 'FILE_UNWRITABLE', message: /taken/ })
  await t.rejects(writeFileWhole(join(folder, 'none', 'file'), 'x'), { code: 'FILE_UNWRITABLE' })
  t.same(await readdir(folder), ['taken'])
})

t.test('each step is told, in order; what fails on the way leaves the old file', async (t) => {
  const path = join(t.testdir({ 'a.txt': 'old' }), 'a.txt')
  const steps: string[] = []
  await writeFileWhole(path, 'new', { mode: 0o600, step: (name) => void steps.push(name) })
  t.same(steps, ['written', 'synced', 'renamed', 'durable'])
  const failing = writeFileWhole(path, 'newer', {
    step: () => {
      throw new Error('stop')
    },
  })
  await t.rejects(failing, { code: 'FILE_UNWRITABLE' })
  t.equal(await readFile(path, 'utf8'), 'new')
})

t.test('what a killed write left behind is removed', async (t) => {
  const folder = t.testdir({ 'a.txt': 'kept', 'a.txt.123.partial': 'half', 'b.txt.9.partial': '' })
  await removePartialFiles(folder)
  t.same(await readdir(folder), ['a.txt'])
})
