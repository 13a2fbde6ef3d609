import t from 'tap'
import { cpuSeconds, run } from '../../bench/cpu-time.js'
import { requires } from '../support/requires.js'

const BUSY = 'const end = process.cpuUsage().user + 2e5; while (process.cpuUsage().user < end);'

t.test(
  'a program that works costs CPU time, one that waits does not',
  requires({ programs: ['bash'] }),
  async (t) => {
    t.ok((await cpuSeconds([process.execPath, '-e', BUSY])) > 0.2)
    t.ok((await cpuSeconds(['sleep', '0.3'])) < 0.2)
  },
)

t.test('a program that fails is not timed', requires({ programs: ['bash'] }), async (t) => {
  await t.rejects(cpuSeconds(['false']), /ended with exit code 1/)
  await t.rejects(cpuSeconds(['no-such-program-here']), /ended with exit code 127/)
})

t.test('output is what the program prints', async (t) => {
  t.same(await run([process.execPath, '-e', 'console.log(1); console.error(2)']), {
    stdout: '1\n',
    stderr: '2\n',
  })
  await t.rejects(run(['no-such-program-here']), /ENOENT/)
})
