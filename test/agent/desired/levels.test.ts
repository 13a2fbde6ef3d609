import t from 'tap'
import { LEVELS, levelOf, levelTarget } from '../../../agent/desired/levels.js'

t.test('each level has its target, and each target its level', async (t) => {
  const targets = LEVELS.map((level) => levelTarget(level, { site: 'a', node: 'b' }))
  t.same(targets, [
    { site: '', node: '' },
    { site: 'a', node: '' },
    { site: 'a', node: 'b' },
  ])
  t.same(targets.map(levelOf), LEVELS)
})
