import t from 'tap'
import { weighPatterns } from '../../../lab/train/pattern-weights.js'

const pattern = (counts: Record<string, number>) => ({
  bytes: new Uint8Array(8),
  counts: new Map(Object.entries(counts)),
})
const mean = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length
const near = (a: number, b: number) => Math.abs(a - b) < 1e-12

t.test('volume counts by its binary digits, and no further than ten', async (t) => {
  const counts = [1, 3, 7, 15, 1023, 1e9]
  const weights = weighPatterns(
    counts.map((count) => pattern({ a: count })),
    ['a'],
  )
  t.ok(near(mean(weights), 1))
  t.ok(near(weights[1]! / weights[0]!, 2))
  t.ok(near(weights[4]! / weights[0]!, 10))
  t.ok(near(weights[5]!, weights[4]!))
})

t.test('programs have equal shares', async (t) => {
  // b sent one pattern, a four others: b's counts as much as a's together, within the bound.
  const patterns = [...Array.from({ length: 4 }, () => pattern({ a: 7 })), pattern({ b: 7 })]
  const weights = weighPatterns(patterns, ['a', 'b'])
  t.ok(near(weights[4]! / weights[0]!, 4))
  t.same(weighPatterns(patterns, ['a', 'b']), weights)
})

t.test('a program left out does not count', async (t) => {
  const weights = weighPatterns([pattern({ a: 1, b: 1000 }), pattern({ a: 1 })], ['a'])
  t.ok(near(weights[0]!, weights[1]!))
})

t.test('the rarer its rarest bit value, the more a pattern weighs', async (t) => {
  // Of sixteen patterns one has the first bit, eight have the last.
  const patterns = Array.from({ length: 16 }, (_, index) => ({
    bytes: Uint8Array.from([index === 0 ? 0x80 : 0, 0, 0, 0, 0, 0, 0, index % 2]),
    counts: new Map([['a', 1]]),
  }))
  const weights = weighPatterns(patterns, ['a'])
  t.ok(near(weights[0]! / weights[1]!, 8 ** 0.75), 'a share of 1/16 is an eighth of one half')
  t.equal(weights[1], weights[2])
  t.ok(near(mean(weights), 1))
})

t.test('the rarest and the most common stay within a factor of the median', async (t) => {
  const patterns = [...Array.from({ length: 300 }, () => pattern({ a: 1 })), pattern({ a: 1, b: 1, c: 1 })]
  const weights = weighPatterns(patterns, ['a', 'b', 'c'])
  t.ok(near(Math.max(...weights) / Math.min(...weights), 4))
  t.ok(near(mean(weights), 1))
})
