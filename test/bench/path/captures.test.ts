import { existsSync } from 'node:fs'
import t from 'tap'
import { Captures } from '../../../bench/path/captures.js'

t.test('captures are removed, also when what used them failed', async (t) => {
  let path = ''
  const use = Captures.with(
    () => {},
    async (captures) => {
      path = await captures.write(100, 100)
      t.ok(existsSync(path))
      throw new Error('this test')
    },
  )
  await t.rejects(use, /this test/)
  t.notOk(existsSync(path))
})
