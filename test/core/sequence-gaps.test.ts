import fc from 'fast-check'
import t from 'tap'
import { SequenceGaps } from '../../core/sequence-gaps.js'

t.test('skipped numbers are missing until they arrive', async (t) => {
  const gaps = new SequenceGaps()
  t.same(gaps.heard('a', 5), [], 'watching begins somewhere')
  t.same(gaps.heard('a', 6), [])
  t.same(gaps.heard('a', 10), [{ kind: 'missing', from: 7, to: 9 }])
  t.same(gaps.heard('a', 10), [], 'once more')
  t.same(gaps.heard('a', 8), [{ kind: 'arrived', from: 8, to: 8 }])
  t.same(gaps.heard('a', 8), [])
  t.same(gaps.heard('a', 7), [{ kind: 'arrived', from: 7, to: 7 }])
  t.same(gaps.heard('a', 3), [], 'from before the watching')
  t.same(gaps.heard('b', 1), [], 'each sender for itself')
})

t.test('what a sender says it gave is missing where it was not heard', async (t) => {
  const gaps = new SequenceGaps()
  t.same(gaps.told('a', 0), [])
  t.same(gaps.heard('a', 1), [])
  t.same(gaps.told('a', 1), [])
  t.same(gaps.told('a', 3), [{ kind: 'missing', from: 2, to: 3 }])
  t.same(gaps.told('a', 3), [], 'said once')
  t.same(gaps.heard('a', 4), [])
})

t.test('whatever the order, what is reported missing and did not arrive was never heard', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (numbers) => {
      const gaps = new SequenceGaps()
      const missing = new Set<number>()
      for (const number of numbers) {
        for (const { kind, from, to } of gaps.heard('a', number)) {
          for (let at = from; at <= to; at++) kind === 'missing' ? missing.add(at) : missing.delete(at)
        }
      }
      const [first] = numbers
      const heard = new Set(numbers)
      const highest = Math.max(...numbers)
      const truth = Array.from({ length: highest }, (_, index) => index + 1).filter(
        (number) => number > first! && !heard.has(number),
      )
      t.same(
        [...missing].sort((a, b) => a - b),
        truth,
      )
    }),
    { numRuns: 300 },
  )
})

t.test('memory is bounded', async (t) => {
  const gaps = new SequenceGaps()
  gaps.heard('a', 1)
  for (let number = 3; number < 3000; number += 2) gaps.heard('a', number)
  t.same(gaps.heard('a', 2), [], 'the oldest range was given up')
  t.same(gaps.heard('a', 2998), [{ kind: 'arrived', from: 2998, to: 2998 }])
  for (let sender = 0; sender < 10_001; sender++) gaps.heard(`other ${sender}`, 1)
  t.same(gaps.heard('a', 4000), [], 'the sender not heard for longest was forgotten')
})
