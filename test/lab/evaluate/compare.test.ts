import t from 'tap'
import { comparisons } from '../../../lab/evaluate/compare.js'
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
