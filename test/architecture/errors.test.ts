import { readFileSync } from 'node:fs'
import t from 'tap'
import { ERROR_CODES, EXIT } from '../../core/errors.js'
import { documentedErrors, documentedExits } from '../support/error-document.js'
import { readSources } from '../support/imports.js'

const document = readFileSync('docs/errors.md', 'utf8')

t.test('every code stands in docs/errors.md with its exit code and what to do, and no other', async (t) => {
  const documented = documentedErrors(document)
  t.same([...documented.keys()].sort(), Object.keys(ERROR_CODES).sort())
  for (const [code, { exit, happened, remedy }] of documented) {
    t.equal(exit, ERROR_CODES[code as keyof typeof ERROR_CODES], code)
    t.ok(happened.endsWith('.') && remedy.endsWith('.'), `${code} says what happened and what to do`)
  }
})

t.test('every code is thrown somewhere', async (t) => {
  const sources = [...readSources()].filter(
    ([path]) => /^(core|agent|lab|cli)\//.test(path) && path !== 'core/errors.ts',
  )
  for (const code of Object.keys(ERROR_CODES)) {
    t.ok(
      sources.some(([, text]) => text.includes(`'${code}'`)),
      code,
    )
  }
})

t.test('every exit code stands in docs/errors.md', async (t) => {
  const exits = documentedExits(document)
  for (const exit of Object.values(EXIT)) t.ok(exits.includes(exit), `exit code ${exit}`)
})

t.test('the reader of the document sees what is there', async (t) => {
  const text = '| exit code | means |\n| --- | --- |\n| 3 | bad |\n\n| `A_B` | 3 | It broke. | Mend it. |\n'
  t.same([...documentedErrors(text)], [['A_B', { exit: 3, happened: 'It broke.', remedy: 'Mend it.' }]])
  t.same(documentedExits(text), [3])
  t.equal(documentedErrors('no table').size, 0)
})
