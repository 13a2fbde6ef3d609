import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { DesiredStore } from '../../../agent/desired/store.js'

t.test('a file a level, for its owner alone', async (t) => {
  const folder = join(t.testdir(), 'state', 'desired')
  const steps: string[] = []
  const store = await DesiredStore.open(folder, (name) => void steps.push(name))
  t.equal(await store.read('all'), undefined)
  await store.write('all', Uint8Array.of(1))
  await store.write('node', Uint8Array.of(2))
  await store.write('all', Uint8Array.of(3))
  const again = await DesiredStore.open(folder)
  t.same([...(await again.read('all'))!], [3])
  t.same([...(await again.read('node'))!], [2])
  t.equal(await again.read('site'), undefined)
  t.equal(steps.length, 12)
  t.equal(statSync(join(folder, 'all.envelope')).mode & 0o077, 0)
})

t.test('what a cut off write left is cleared away', async (t) => {
  const folder = t.testdir({ 'all.envelope.7.partial': 'half' })
  await DesiredStore.open(folder)
  t.notOk(existsSync(join(folder, 'all.envelope.7.partial')))
})

t.test('what cannot be read or made is said', async (t) => {
  const folder = t.testdir({ file: '' })
  await t.rejects(DesiredStore.open(join(folder, 'file', 'x')), { code: 'FILE_UNWRITABLE' })
  mkdirSync(join(folder, 'desired', 'all.envelope'), { recursive: true })
  writeFileSync(join(folder, 'desired', 'site.envelope'), 'x')
  const store = await DesiredStore.open(join(folder, 'desired'))
  await t.rejects(store.read('all'), { code: 'FILE_UNREADABLE' })
  await t.rejects(store.write('all', Uint8Array.of(1)), { code: 'FILE_UNWRITABLE' })
})
