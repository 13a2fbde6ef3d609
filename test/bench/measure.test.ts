import t from 'tap'
import { compare, fastest, median, speedup } from '../../bench/measure.js'

t.test('the median of odd and even counts, in any order', async (t) => {
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([4, 1, 3, 2]), 2.5)
})

t.test('every alternative runs, and the first one is the measure', async (t) => {
  const runs = { one: 0, other: 0 }
  const figures = await compare(
    [
      { name: 'one', run: () => void runs.one++ },
      {
        name: 'other',
        run: async () => {
          await null
          runs.other++
        },
      },
    ],
    { operations: 10, rounds: 2, time: 1 },
  )
  t.same(
    figures.map(({ name }) => name),
    ['one', 'other'],
  )
  t.ok(runs.one >= 9 && runs.other >= 9, 'warm-up and two rounds of at least three runs')
  t.equal(figures[0]!.ratio, 1)
  for (const { lowest, perSecond, highest, seconds } of figures) {
    t.ok(lowest <= perSecond && perSecond <= highest)
    t.equal(seconds.length, 2)
  }
})

t.test('work timed elsewhere, with operations of its own, and how much faster it is', async (t) => {
  const asked: number[] = []
  const timed = (name: string, rounds: number[]) => ({
    name,
    operations: 2,
    seconds: async (time: number) => {
      asked.push(time)
      return rounds.shift()!
    },
  })
  // The first of each is the warm-up.
  const [slow, fast] = await compare([timed('slow', [9, 2, 4, 8]), timed('fast', [9, 1, 1, 1])], {
    operations: 1000,
    rounds: 3,
    time: 7,
  })
  t.same(slow!.seconds, [1, 2, 4])
  t.equal(slow!.perSecond, 0.5)
  t.equal(fast!.ratio, 0.25)
  t.same(speedup(fast!, slow!), { median: 4, lowest: 2, highest: 8 })
  t.equal(fastest([slow!, fast!]), fast)
  t.equal(fastest([]), undefined)
  t.same(asked, [21, 21, 7, 7, 7, 7, 7, 7], 'a longer warm-up, then three rounds')
})

t.test('an alternative that throws is not measured', async (t) => {
  const broken = {
    name: 'broken',
    run: () => {
      throw new Error('boom')
    },
  }
  await t.rejects(compare([broken], { operations: 1, rounds: 1, time: 1 }), /boom/)
})
