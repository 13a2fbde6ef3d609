import t from 'tap'
import { compare, median } from '../../bench/measure.js'

t.test('the median of odd and even counts, in any order', async (t) => {
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([4, 1, 3, 2]), 2.5)
})

t.test('every alternative runs, and the first one is the measure', async (t) => {
  const runs = { one: 0, other: 0 }
  const figures = compare(
    [
      { name: 'one', run: () => void runs.one++ },
      { name: 'other', run: () => void runs.other++ },
    ],
    { operations: 10, rounds: 2, time: 1 },
  )
  t.same(
    figures.map(({ name }) => name),
    ['one', 'other'],
  )
  t.ok(runs.one >= 9 && runs.other >= 9, 'warm-up and two rounds of at least three runs')
  t.equal(figures[0]!.ratio, 1)
  for (const { lowest, perSecond, highest } of figures) t.ok(lowest <= perSecond && perSecond <= highest)
})

t.test('an alternative that throws is not measured', async (t) => {
  const broken = {
    name: 'broken',
    run: () => {
      throw new Error('boom')
    },
  }
  t.throws(() => compare([broken], { operations: 1, rounds: 1, time: 1 }), /boom/)
})
