import { readdirSync } from 'node:fs'
import t from 'tap'
import { SUITES } from '../../bench/suites.js'

t.test('every suite has its file, and is listed under its own name', async (t) => {
  const files = readdirSync('bench/suites')
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.slice(0, -'.ts'.length))
  t.same(Object.keys(SUITES).sort(), files.sort())
  for (const [name, { load }] of Object.entries(SUITES)) t.equal((await load()).name, name)
})
