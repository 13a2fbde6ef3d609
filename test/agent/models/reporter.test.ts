import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Reporter } from '../../../agent/models/reporter.js'
import { until } from '../../support/link.js'

t.test('at once; of many changes the last is told; nothing is left unsaid at the end', async (t) => {
  let told = 0
  const reporter = new Reporter(() => told++)
  t.equal(reporter.changed(), true)
  t.equal(told, 1, 'at once')
  t.equal(reporter.changed(), true, 'the first of a flood makes a report due')
  for (let change = 0; change < 1000; change++) {
    if (reporter.changed()) t.fail('one is due already')
  }
  t.equal(told, 1)
  await until('the second report', () => told === 2)
  await sleep(10)
  t.equal(told, 2, 'one for all of them')
  reporter.changed()
  reporter.stop()
  t.equal(told, 3, 'what was due is said at the end')
  reporter.stop()
  t.equal(told, 3)
})
