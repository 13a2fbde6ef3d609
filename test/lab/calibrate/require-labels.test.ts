import t from 'tap'
import { requireLabels } from '../../../lab/calibrate/require-labels.js'
import { attackCensus } from '../../support/attack-census.js'

t.test('two labels in every context are enough', async (t) => {
  requireLabels({ census: attackCensus(2), name: 'attack.tsv' })
  t.pass()
})

t.test('one label, and a context without rows, are refused by file and context', async (t) => {
  t.throws(() => requireLabels({ census: attackCensus(1), name: 'attack.tsv' }), {
    code: 'TRAINING_DATA',
    message: /^attack\.tsv: udp-query: 1 labels .*at least 2/,
  })
  const census = attackCensus(3)
  census.rows = census.rows.filter(({ context }) => context !== 'tcp-response')
  t.throws(() => requireLabels({ census, name: 'attack.tsv' }), {
    message: /^attack\.tsv: tcp-response: 0 labels/,
  })
})
