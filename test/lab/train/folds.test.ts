import t from 'tap'
import { splitFolds } from '../../../lab/train/folds.js'
import type { ContextData } from '../../../lab/train/training-data.js'

/** Pattern n is the byte n; it was sent by the programs given. */
function dataOf(...senders: string[][]): ContextData & { patterns: { counts: Map<string, number> }[] } {
  const patterns = senders.map((programs, index) => ({
    bytes: Uint8Array.from([0, 0, 0, 0, 0, 0, 0, index]),
    counts: new Map(programs.map((program) => [program, 1])),
  }))
  return {
    context: 'udp-query',
    inputMask: new Uint8Array(8).fill(255),
    programs: [...new Set(senders.flat())].sort(),
    patterns,
    streams: senders.flat().length,
  }
}

const numbers = (patterns: Uint8Array[]) => patterns.map((bytes) => bytes[7])

t.test('each program is held out once, and what only it sent is not trained on', async (t) => {
  const folds = splitFolds(dataOf(['a'], ['a', 'b'], ['b'], ['c']))
  t.same(
    folds.map(({ training, heldOut }) => [numbers(training.patterns), numbers(heldOut)]),
    [
      [
        [1, 2, 3],
        [0, 1],
      ],
      [
        [0, 1, 3],
        [1, 2],
      ],
      [[0, 1, 2], [3]],
    ],
  )
  for (const { training } of folds) t.equal(training.weights.length, training.patterns.length)
})

t.test('what is held out counts for the programs left out alone', async (t) => {
  const data = dataOf(['a', 'e'], ['a', 'b'], ['b'])
  data.programs.push('c', 'd')
  data.programs.sort()
  data.patterns[0]!.counts.set('a', 10)
  // Five programs in four folds: a and e share the first.
  const [first, second] = splitFolds(data)
  t.same(first!.heldOutCounts, [
    { programs: 2, streams: 11 },
    { programs: 1, streams: 1 },
  ])
  t.same(second!.heldOutCounts, [
    { programs: 1, streams: 1 },
    { programs: 1, streams: 1 },
  ])
})

t.test('more than four programs share four folds', async (t) => {
  const folds = splitFolds(dataOf(['a'], ['b'], ['c'], ['d'], ['e'], ['f']))
  t.same(
    folds.map(({ heldOut }) => numbers(heldOut)),
    [[0, 4], [1, 5], [2], [3]],
  )
})

t.test('a single program is split by pattern, unless it has few', async (t) => {
  const folds = splitFolds(dataOf(...Array.from({ length: 9 }, () => ['a'])))
  t.same(numbers(folds[0]!.heldOut), [0, 4, 8])
  t.same(numbers(folds[0]!.training.patterns), [1, 2, 3, 5, 6, 7])
  t.same(splitFolds(dataOf(...Array.from({ length: 7 }, () => ['a']))), [])
})
