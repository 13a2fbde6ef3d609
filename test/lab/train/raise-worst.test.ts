import t from 'tap'
import { raiseWorst } from '../../../lab/train/raise-worst.js'

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

t.test('of forty patterns the two with the highest losses weigh more, as their losses say', async (t) => {
  const losses = Array.from({ length: 40 }, () => 0.01)
  losses[7] = 0.03
  losses[30] = 0.05
  const weights = losses.map(() => 1)
  weights[30] = 2
  const raised = raiseWorst(weights, losses)
  t.ok(Math.abs(sum(raised) / 40 - 1) < 1e-12, 'mean 1')
  const usual = raised[0]!
  t.ok(Math.abs(raised[7]! / usual - 3) < 1e-9)
  t.ok(Math.abs(raised[30]! / usual - 10) < 1e-9, 'five times its weight of two')
  t.equal(new Set(raised.filter((_, index) => index !== 7 && index !== 30)).size, 1)
})

t.test('at most ten times, also where the others have no loss at all', async (t) => {
  const losses = Array.from({ length: 100 }, () => 0)
  losses[3] = 1
  const raised = raiseWorst(
    losses.map(() => 1),
    losses,
  )
  t.ok(Math.abs(raised[3]! / raised[0]! - 10) < 1e-9)
  t.same(raiseWorst([1, 1], [0, 0]), [1, 1], 'nothing to raise')
})
