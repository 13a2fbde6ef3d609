import t from 'tap'
import { TokenBucket } from '../../../agent/commands/token-bucket.js'

t.test('so many at once, then so many a second', async (t) => {
  const bucket = new TokenBucket(10, 3, 1000)
  t.same(
    [1000, 1000, 1000, 1000].map((now) => bucket.take(now)),
    [true, true, true, false],
  )
  t.notOk(bucket.take(1099))
  t.ok(bucket.take(1100))
  t.notOk(bucket.take(1100))
  t.same(
    [9000, 9000, 9000, 9000].map((now) => bucket.take(now)),
    [true, true, true, false],
  )
})
