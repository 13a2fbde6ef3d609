import t from 'tap'
import { lossHistograms, reliabilityOf } from '../../../lab/evaluate/charts.js'
import { judgedStream } from '../../support/judged-streams.js'

const attack = { streamClass: 'attack' } as const

t.test('histograms by context and class, weighted, ten bins a decade', async (t) => {
  const [query, response, ...rest] = lossHistograms([
    judgedStream({ context: 'udp-response', score: { loss: 0.01 } }),
    judgedStream({ count: 3, score: { loss: 0 } }),
    judgedStream({ ...attack, count: 2, score: { loss: 1 } }),
    judgedStream({ ...attack, count: 5, score: { loss: 1.2 } }),
    judgedStream({ streamClass: 'other', score: { loss: 7 } }),
  ])
  t.equal(rest.length, 0)
  t.same([query!.context, [...query!.clean], [...query!.attack]], ['udp-query', [[-80, 3]], [[0, 7]]])
  t.same([response!.context, [...response!.clean]], ['udp-response', [[-20, 1]]])
})

t.test('reliability and the Brier score, by hand', async (t) => {
  const reliability = reliabilityOf([
    judgedStream({ count: 3, score: { confidence: 0.1 } }),
    judgedStream({ ...attack, count: 1, score: { confidence: 0.1 } }),
    judgedStream({ ...attack, count: 4, score: { confidence: 1 } }),
    judgedStream({ streamClass: 'other', count: 9, score: { confidence: 1 } }),
    judgedStream({ count: 9 }),
  ])!
  t.same(
    reliability.points.map(({ confidence, attackShare, streams }) => [
      confidence.toFixed(6),
      attackShare,
      streams,
    ]),
    [
      ['0.100000', 0.25, 4],
      ['1.000000', 1, 4],
    ],
  )
  t.equal(reliability.brierScore.toFixed(6), ((3 * 0.01 + 0.81) / 8).toFixed(6))
  t.equal(reliabilityOf([judgedStream()]), undefined)
})
