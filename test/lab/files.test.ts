import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { digestOf, firstBytes, unreadable } from '../../lab/files.js'

t.test('digest and first bytes of files of any length', async (t) => {
  const long = Buffer.alloc(200_000, 'abc')
  const folder = t.testdir({ long, abc: 'abc', short: 'ab', empty: '' })
  t.equal(await digestOf(join(folder, 'long')), createHash('sha256').update(long).digest('hex'))
  // FIPS 180-2, appendix B.1
  t.equal(
    await digestOf(join(folder, 'abc')),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
  t.equal((await firstBytes(join(folder, 'long'), 4)).toString(), 'abca')
  t.equal((await firstBytes(join(folder, 'short'), 4)).toString(), 'ab')
  t.equal((await firstBytes(join(folder, 'empty'), 4)).length, 0)
})

t.test('a missing file and a folder are unreadable, and named', async (t) => {
  const folder = t.testdir()
  for (const file of [folder, join(folder, 'none')]) {
    await t.rejects(digestOf(file), { code: 'FILE_UNREADABLE', message: file })
    await t.rejects(firstBytes(file, 1), { code: 'FILE_UNREADABLE', message: file })
  }
  t.equal(unreadable('a', new Error('why'), 'hint').hint, 'hint')
})
