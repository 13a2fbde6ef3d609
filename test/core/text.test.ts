import t from 'tap'
import { escapeUnprintable, isPrintable } from '../../core/text.js'

t.test('what could rewrite a terminal or a log line is not printable', async (t) => {
  for (const text of ['', 'branch 17', 'Zürich', '路由器', '👍']) t.ok(isPrintable(text), text)
  for (const text of ['\u001b[2J', 'a\nb', '\u0000', '\u009b', '\u202e', '\u2028', '\ud800']) {
    t.notOk(isPrintable(text), `U+${text.charCodeAt(0).toString(16)}`)
  }
})

t.test('escaping makes any text printable and leaves printable text alone', async (t) => {
  t.equal(escapeUnprintable('a\u001b[2J\u{e0001}\u202eb'), 'a\\u{1b}[2J\\u{e0001}\\u{202e}b')
  t.equal(escapeUnprintable('Zürich/路由器'), 'Zürich/路由器')
})
