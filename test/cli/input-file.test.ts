import { join } from 'node:path'
import t from 'tap'
import { readInputFile } from '../../cli/input-file.js'

t.test('a file comes whole; one that is not there is named', async (t) => {
  const folder = t.testdir({ given: 'bytes' })
  t.equal(String(await readInputFile(join(folder, 'given'))), 'bytes')
  await t.rejects(readInputFile(join(folder, 'none')), {
    code: 'FILE_UNREADABLE',
    message: /none: ENOENT/,
    hint: /permissions/,
  })
  await t.rejects(readInputFile(folder), { code: 'FILE_UNREADABLE', message: /EISDIR/ })
})
