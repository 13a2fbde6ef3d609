import t from 'tap'
import { Random } from '../../../bench/traffic/random.js'

t.test('the same seed gives the same numbers, within their limits', async (t) => {
  const [one, same, other] = [new Random(9), new Random(9), new Random(10)]
  const take = (random: Random) => Array.from({ length: 20 }, () => random.next())
  const numbers = take(one)
  t.same(numbers, take(same))
  t.notSame(numbers, take(other))
  t.ok(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 32))
})

t.test('choices are spread evenly enough', async (t) => {
  const random = new Random(1)
  const seen = new Array(10).fill(0)
  for (let i = 0; i < 10_000; i++) seen[random.below(10)]++
  t.ok(
    seen.every((count) => count > 850 && count < 1150),
    seen.join(' '),
  )
  let hits = 0
  for (let i = 0; i < 10_000; i++) if (random.chance(0.1)) hits++
  t.ok(hits > 850 && hits < 1150, `${hits}`)
  t.equal(random.bytes(5).length, 5)
})
