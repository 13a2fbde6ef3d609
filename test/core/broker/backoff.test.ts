import t from 'tap'
import { Backoff } from '../../../core/broker/backoff.js'

t.test('waiting times double up to the maximum, and start anew after a reset', async (t) => {
  const backoff = new Backoff(100, 1000, () => 0)
  t.same(
    Array.from({ length: 6 }, () => backoff.next()),
    [100, 200, 400, 800, 1000, 1000],
  )
  for (let i = 0; i < 2000; i++) backoff.next()
  t.equal(backoff.next(), 1000)
  backoff.reset()
  t.equal(backoff.next(), 100)
  t.equal(backoff.longest(), 1000)
})

t.test('chance shortens them by at most half', async (t) => {
  const backoff = new Backoff(100, 1000)
  for (let i = 0; i < 1000; i++) {
    const delay = backoff.longest()
    if (delay < 500 || delay > 1000) t.fail(`${delay}`)
  }
  t.ok(new Set(Array.from({ length: 20 }, () => backoff.longest())).size > 10, 'they differ')
})
