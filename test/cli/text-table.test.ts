import t from 'tap'
import { textTable } from '../../cli/text-table.js'

t.test('text to the left, numbers to the right, no blanks at the end', async (t) => {
  const table = {
    heading: ['name', 'count', ''],
    rows: [
      ['a', '1,000', 'x'],
      ['longer', '2', ''],
    ],
    left: [0, 2],
  }
  t.equal(textTable(table), 'name    count\na       1,000  x\nlonger      2')
  t.equal(textTable({ ...table, rows: [] }), 'name  count')
})
