import t from 'tap'
import { comparisons, findings } from '../../../lab/evaluate/compare.js'
import type { View } from '../../../lab/evaluate/evaluate.js'
import { figuresOf } from '../../../lab/evaluate/figures.js'
import type { JudgedStream } from '../../../lab/evaluate/judge.js'
import { judgedStream } from '../../support/judged-streams.js'

function view(streams: JudgedStream[]): View {
  const result = (name: 'model' | 'tunedRule' | 'nDPI') => ({
    figures: figuresOf(streams, name, () => false)!,
    falseAlarms: [],
    misses: [],
  })
  return {
    excluded: undefined,
    detectors: { model: result('model'), tunedRule: result('tunedRule'), nDPI: result('nDPI') },
    curves: { overall: undefined, contexts: {} },
  }
}

t.test('where the rule wins, it is said; who judged fewer streams is not compared', async (t) => {
  const clean = judgedStream({ flagged: { tunedRule: true } })
  const attack = judgedStream({ streamClass: 'attack', count: 3, flagged: { tunedRule: true, nDPI: true } })
  t.same(comparisons(view([clean, attack])), [
    'Against tuned rule: the model has fewer false alarms (0 to 1) and more misses (3 to 0).',
  ])
})

t.test('what the figures come to', async (t) => {
  const attack = { streamClass: 'attack', flagged: { model: true, looseRule: true } } as const
  const streams = [
    judgedStream({ score: { loss: 2 } }),
    judgedStream({ ...attack, count: 6, score: { loss: 9, sure: true } }),
    judgedStream({ ...attack, count: 2, score: { loss: 3 } }),
    judgedStream({ streamClass: 'attack', count: 2 }),
  ]
  t.same(findings(view(streams)), [
    'The model finds 80.00% of the attack streams that it does not miss as clean (2 missed).',
    'It escalates 75.00% of the attack streams that it flags, and 0 of 1 false alarms.',
  ])
})
