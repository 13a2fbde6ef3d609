import t from 'tap'
import { run } from '../../bench/cpu-time.js'
import { programEnvironment } from '../../bench/environment.js'

t.test('a measured program gets this environment, without what is only for Node', async (t) => {
  process.env.NODE_OPTIONS = '--no-such-option'
  process.env.FIRSTEIGHT_BENCH_TEST = 'passed on'
  t.teardown(() => {
    delete process.env.NODE_OPTIONS
    delete process.env.FIRSTEIGHT_BENCH_TEST
  })
  t.equal(programEnvironment({ MORE: 'more' }).MORE, 'more')
  const print = 'process.stdout.write(String([process.env.FIRSTEIGHT_BENCH_TEST, process.env.NODE_OPTIONS]))'
  t.equal((await run([process.execPath, '-e', print])).stdout, 'passed on,undefined')
})
