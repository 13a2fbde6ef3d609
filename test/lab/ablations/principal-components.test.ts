import t from 'tap'
import { principalComponents } from '../../../lab/ablations/principal-components.js'

const near = (left: readonly number[], right: readonly number[]) =>
  left.every((value, index) => Math.abs(value - right[index]!) < 1e-9)

t.test('what lies in the first components comes back, what lies across them does not', async (t) => {
  // All rows lie on a line through (1, 2, 3) along (3, 4, 0).
  const rows = [-2, -1, 0, 1, 2].map((step) => [1 + 3 * step, 2 + 4 * step, 3])
  const project = principalComponents(rows, [1, 1, 1, 1, 1], 1)
  for (const row of rows) t.ok(near(project(row), row), `${row}`)
  t.ok(near(project([1, 2, 10]), [1, 2, 3]))
  t.ok(near(project([1 + 4, 2 - 3, 3]), [1, 2, 3]))
})

t.test('weights move the mean', async (t) => {
  const project = principalComponents(
    [
      [0, 0],
      [4, 0],
    ],
    [1, 3],
    0,
  )
  t.ok(near(project([9, 9]), [3, 0]))
})
