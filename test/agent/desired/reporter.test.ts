import t from 'tap'
import { Reporter } from '../../../agent/desired/reporter.js'
import { until } from '../../support/link.js'

t.test('at once, then once more for all that came during the pause', async (t) => {
  let sent = 0
  const reporter = new Reporter(() => sent++, 20)
  reporter.request()
  t.equal(sent, 1)
  for (let i = 0; i < 100; i++) reporter.request()
  t.equal(sent, 1)
  await until('the second one is sent', () => sent === 2)
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(sent, 2, 'nothing new, nothing sent')
  reporter.request()
  t.equal(sent, 3)
})

t.test('the end sends what is still due', async (t) => {
  let sent = 0
  const reporter = new Reporter(() => sent++, 60_000)
  reporter.request()
  reporter.stop()
  t.equal(sent, 1)
  reporter.request()
  reporter.request()
  reporter.stop()
  t.equal(sent, 3)
})
