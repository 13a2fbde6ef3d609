import t from 'tap'
import { falseAlarmsOf, missesOf } from '../../../lab/evaluate/lists.js'
import { judgedStream } from '../../support/judged-streams.js'

t.test('false alarms of one pattern are one entry', async (t) => {
  const wrong = { score: { loss: 2, pattern: '0000ffffffffffff', confidence: 0.5 } }
  const list = falseAlarmsOf(
    [
      judgedStream({ ...wrong, firstEight: '1111ffffffffffff', count: 2 }),
      judgedStream({ ...wrong, firstEight: '2222ffffffffffff', capture: 'b.pcap' }),
      judgedStream({ score: { loss: 0.5 } }),
      judgedStream({ ...wrong, streamClass: 'attack' }),
    ],
    'model',
  )
  t.same(list, [
    {
      context: 'udp-query',
      label: 'DNS',
      pattern: '0000ffffffffffff',
      example: '1111ffffffffffff',
      count: 3,
      captures: 2,
      capture: 'a.pcap',
      loss: 2,
      threshold: 1,
      confidence: 0.5,
      escalated: false,
      sameAsClean: false,
    },
  ])
})

t.test('misses: those that are the same as clean last, then by frequency', async (t) => {
  const miss = (label: string, count: number, pattern: string) =>
    judgedStream({ streamClass: 'attack', label, count, score: { loss: 0.1, pattern } })
  const list = missesOf(
    [miss('NetBIOS', 100, 'clean'), miss('TLS', 2, 'x'), miss('SSH', 3, 'x'), miss('TLS', 4, 'x')],
    'model',
    (stream) => stream.score.pattern === 'clean',
  )
  t.same(
    list.map(({ label, count, sameAsClean }) => [label, count, sameAsClean]),
    [
      ['TLS', 6, false],
      ['SSH', 3, false],
      ['NetBIOS', 100, true],
    ],
  )
})

t.test('what a detector cannot judge is neither', async (t) => {
  t.same(
    missesOf([judgedStream({ streamClass: 'attack' })], 'nDPI', () => false),
    [],
  )
  t.same(falseAlarmsOf([judgedStream()], 'nDPI'), [])
})
