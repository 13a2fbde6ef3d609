import t from 'tap'
import { Recent } from '../../../core/broker/recent.js'

t.test('a key is news once, and again with another value or when forgotten', async (t) => {
  const recent = new Recent(3)
  t.same(
    ['a', 'a', 'b', 'a'].map((key) => recent.isNews(key)),
    [true, false, true, false],
  )
  t.ok(recent.isNews('a', 'changed'))
  t.notOk(recent.isNews('a', 'changed'))
  t.ok(recent.isNews('c'))
  t.ok(recent.isNews('d'), 'forgets b, not seen for longest')
  t.notOk(recent.isNews('a', 'changed'))
  t.ok(recent.isNews('b'))
})
