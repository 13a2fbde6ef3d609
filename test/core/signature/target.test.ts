import t from 'tap'
import {
  EVERY_NODE,
  formatTarget,
  includes,
  parseTarget,
  targetProblem,
} from '../../../core/signature/target.js'

const gate = { site: 'branch-17', node: 'gate' }

t.test('a target includes its own node, site, or all', async (t) => {
  t.ok(includes(EVERY_NODE, gate))
  t.ok(includes({ site: 'branch-17', node: '' }, gate))
  t.ok(includes(gate, gate))
  t.notOk(includes({ site: 'branch-18', node: '' }, gate))
  t.notOk(includes({ site: 'branch-17', node: 'gate-2' }, gate))
  t.notOk(includes({ site: 'branch-18', node: 'gate' }, gate))
})

t.test('targets are written and read alike', async (t) => {
  for (const text of ['all', 'branch-17', 'branch-17/gate']) t.equal(formatTarget(parseTarget(text)), text)
  for (const text of ['', '/', 'a/', '/a', 'a/b/c', 'a/+', '#', 'a b\n']) {
    t.throws(() => parseTarget(text), { code: 'TOPIC_INVALID' }, JSON.stringify(text))
  }
})

t.test('impossible targets are named', async (t) => {
  t.equal(targetProblem(EVERY_NODE), undefined)
  t.equal(targetProblem(gate), undefined)
  t.match(targetProblem({ site: '', node: 'gate' }), /without its site/)
  t.match(targetProblem({ site: 'a/b', node: '' }), /its site must not/)
  t.match(targetProblem({ site: 'a', node: '#' }), /its node must not/)
})
