import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { beforeDeadline } from '../../../agent/models/deadline.js'

const never = (until: AbortSignal) => sleep(60_000, undefined, { signal: until })
const options = (change: { endsAtMilliseconds?: number; signal?: AbortSignal } = {}) => ({
  ...{
    endsAtMilliseconds: 1000,
    nowMilliseconds: 980,
    late: 'too late',
    signal: new AbortController().signal,
  },
  ...change,
})

t.test('work in time; work that is late, at once when the deadline is over already', async (t) => {
  t.equal(await beforeDeadline(options(), async () => 5), 5)
  for (const endsAtMilliseconds of [1000, 10, -1e15])
    await t.rejects(beforeDeadline(options({ endsAtMilliseconds }), never), {
      code: 'ROLLOUT_TIMED_OUT',
      message: 'too late',
    })
})

t.test('what the work throws, and why it was stopped, stay what they are', async (t) => {
  await t.rejects(
    beforeDeadline(options(), () => Promise.reject(new Error('broken'))),
    /broken/,
  )
  const stop = new AbortController()
  const stopped = beforeDeadline(options({ endsAtMilliseconds: 1e6, signal: stop.signal }), never)
  stop.abort(new Error('another order'))
  await t.rejects(stopped, { name: 'AbortError' }, 'not the deadline')
})
