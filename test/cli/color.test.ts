import t from 'tap'
import { createPaint, wantsColor } from '../../cli/color.js'

t.test('colour only on a terminal and not against NO_COLOR', async (t) => {
  t.ok(wantsColor({ isTTY: true }, {}))
  t.ok(wantsColor({ isTTY: true }, { NO_COLOR: '' }))
  t.notOk(wantsColor({ isTTY: true }, { NO_COLOR: '1' }))
  t.notOk(wantsColor({}, {}))
  t.equal(createPaint(false)('red', 'text'), 'text')
  t.equal(createPaint(true)('red', 'text'), '\u001b[31mtext\u001b[0m')
})
