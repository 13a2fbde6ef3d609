import t from 'tap'
import { checkClose, checkEqual, FLOAT_TOLERANCE } from '../../bench/checks.js'

const losses = (...values: number[]) => Float64Array.from(values)

t.test('equal losses pass, others are named', async (t) => {
  checkEqual(losses(1, 2), losses(1, 2), 'a and b')
  t.throws(() => checkEqual(losses(1, 2), losses(1, 3), 'a and b'), /^a and b differ at pattern 1: 2 and 3$/)
  t.throws(() => checkEqual(losses(1), losses(1, 2), 'a and b'), /a and b: 1 and 2 losses/)
})

t.test('float losses may differ a little', async (t) => {
  checkClose(losses(0, 10), losses(FLOAT_TOLERANCE, 10.03), 'a and b')
  t.throws(() => checkClose(losses(0, 10), losses(0, 10.2), 'a and b'), /pattern 1/)
  t.throws(() => checkClose(losses(Number.NaN), losses(1), 'a and b'), /pattern 0/)
})
