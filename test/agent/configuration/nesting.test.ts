import { readFileSync } from 'node:fs'
import t from 'tap'
import { tooDeepAt } from '../../../agent/configuration/nesting.js'

t.test('ordinary files are not deep', async (t) => {
  t.equal(tooDeepAt(readFileSync('docs/firsteight.sample.yaml', 'utf8')), undefined)
  t.equal(tooDeepAt(JSON.stringify({ a: { b: [[{ c: 'x'.repeat(500) }]] } })), undefined)
  t.equal(tooDeepAt(`filter: "${'['.repeat(100)}"`), undefined, 'brackets in text do not count')
  t.equal(tooDeepAt(`filter: ip[6:2] & 0x1fff != 0 ${'and port 53 '.repeat(20)}`), undefined)
  t.equal(tooDeepAt(`a: [1,\n${' '.repeat(100)}2]\nb: 3`), undefined)
  t.equal(tooDeepAt('a: [[1]]\n'.repeat(100)), undefined, 'brackets that close do not add up')
  t.equal(tooDeepAt(''), undefined)
})

t.test('depth, and where it begins', async (t) => {
  t.equal(tooDeepAt('['.repeat(16)), undefined)
  t.equal(tooDeepAt('['.repeat(17)), 16)
  t.equal(tooDeepAt(`a: b\n${'- '.repeat(33)}`), undefined)
  t.equal(tooDeepAt(`a: b\n${'- '.repeat(34)}`), 5 + 66)
  t.equal(tooDeepAt(`${'x'.repeat(65)}: 1`), 65)
})
