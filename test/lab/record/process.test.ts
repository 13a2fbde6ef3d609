import t from 'tap'
import { run, runOrFail, start } from '../../../lab/record/process.js'

t.test('gives exit code and both outputs, and feeds standard input', async (t) => {
  const finished = await run(['sh', '-c', 'cat; echo error >&2; exit 3'], { input: ['one\n', 'two\n'] })
  t.equal(finished.code, 3)
  t.match(finished.output, /one\ntwo/)
  t.match(finished.output, /error/)
})

t.test('a program that does not exist is a clear error', async (t) => {
  await t.rejects(run(['/no/such/program']), { code: 'LAB_PROGRAM_FAILED', message: /ENOENT/ })
})

t.test('runOrFail repeats what the program said', async (t) => {
  await t.rejects(runOrFail(['sh', '-c', 'echo because >&2; exit 1']), {
    code: 'LAB_PROGRAM_FAILED',
    message: /code 1:\nbecause/,
  })
})

t.test('ends what takes too long', async (t) => {
  const finished = await run(['sleep', '30'], { timeoutMilliseconds: 100 })
  t.equal(finished.code, undefined)
})

t.test('an abort ends the program and rejects with its reason', async (t) => {
  const controller = new AbortController()
  const running = run(['sleep', '30'], { signal: controller.signal })
  controller.abort(new Error('stopped'))
  await t.rejects(running, { message: 'stopped' })
  await t.rejects(run(['true'], { signal: controller.signal }), { message: 'stopped' })
})

t.test('start waits for the words that mean ready', async (t) => {
  const running = await start(['sh', '-c', 'sleep 0.1; echo now ready; exec sleep 30'], /ready/)
  t.match(running.output, /now ready/)
  await running.stop()
  t.equal(await running.ended, undefined)
  await running.stop()
})

t.test('start fails when the program ends first', async (t) => {
  await t.rejects(start(['sh', '-c', 'echo no configuration; exit 1'], /ready/), {
    code: 'LAB_PROGRAM_FAILED',
    message: /before it was ready:\nno configuration/,
  })
})
