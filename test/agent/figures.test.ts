import t from 'tap'
import { figuresOf, sumOf } from '../../agent/figures.js'

t.test('every number by its dotted name, and nothing else', async (t) => {
  const report = { a: 1, b: { c: 0, d: { e: -2.5 } }, text: '3', none: undefined, nothing: null, yes: true }
  t.same(
    [...figuresOf(report)],
    [
      ['a', 1],
      ['b.c', 0],
      ['b.d.e', -2.5],
    ],
  )
})

t.test('counts of several by key', async (t) => {
  const [one, other] = [
    new Map([['a', 1]]),
    new Map([
      ['a', 2],
      ['b', 3],
    ]),
  ]
  t.same(
    [...sumOf([one, undefined, other])],
    [
      ['a', 3],
      ['b', 3],
    ],
  )
  t.equal(sumOf([]).size, 0)
  t.same([...one], [['a', 1]], 'what is summed up stays as it is')
})
