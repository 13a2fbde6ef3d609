import { spawnSync } from 'node:child_process'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { FirsteightError } from '../../core/errors.js'
import { createLog, type Log, type LogFormat, type LogLevel } from '../../core/log.js'

function lines(format: LogFormat, level: LogLevel, write: (log: Log) => void): string[] {
  const destination = new PassThrough()
  write(createLog({ format, level, destination }))
  const text = String(destination.read() ?? '')
  return text.split('\n').filter((line) => line !== '')
}

t.test('JSON: one object a line, with ISO time and level name', async (t) => {
  const [line, ...rest] = lines('json', 'info', (log) => {
    log.debug('hidden')
    log.info({ packets: 3 }, 'captured')
  })
  t.same(rest, [])
  const entry = JSON.parse(line!)
  t.match(entry, { level: 'info', msg: 'captured', packets: 3 })
  t.equal(new Date(entry.time).toISOString(), entry.time)
  t.notOk('pid' in entry)
})

t.test('text: one line an entry, no colours into a pipe', async (t) => {
  const [line, ...rest] = lines('text', 'info', (log) =>
    log.child({ part: 'link' }).warn({ port: 1883 }, 'lost'),
  )
  t.same(rest, [])
  t.match(line, /WARN.*lost.*"part":"link".*"port":1883/)
  t.notMatch(line, '\u001b')
})

t.test('password-like fields are redacted, also inside objects', async (t) => {
  for (const format of ['json', 'text'] as const) {
    const text = lines(format, 'info', (log) =>
      log.info(
        { password: 'hunter2', broker: { password: 'hunter2', deep: { token: 'hunter2' } } },
        'connecting',
      ),
    ).join()
    t.notMatch(text, 'hunter2')
    t.match(text, '[redacted]')
  }
})

t.test('hostile text cannot start a line or drive the terminal', async (t) => {
  const nasty = 'a\nINFO: forged \u001b[2J \u009b31m'
  const found = lines('text', 'info', (log) => log.error({ nasty }, nasty))
  t.equal(found.length, 1)
  t.notMatch(found[0], /\p{Cc}/u)
  t.match(found[0], 'forged', 'the text itself stays readable')
})

t.test('errors: code and hint without a stack, a stack for the unexpected', async (t) => {
  const expected = new FirsteightError('BROKER_REFUSED', 'refused', { hint: 'check the password' })
  const [first, second] = lines('json', 'info', (log) => {
    log.error({ err: expected }, 'no broker')
    log.error({ err: new TypeError('oops') }, 'bug')
  })
  t.same(JSON.parse(first!).err, { code: 'BROKER_REFUSED', message: 'refused', hint: 'check the password' })
  t.match(JSON.parse(second!).err, { message: 'oops', stack: /log\.test/ })
  t.equal(lines('text', 'info', (log) => log.error({ err: new TypeError('oops') }, 'bug')).length, 1)
})

t.test('a log without a destination writes to standard error before the process ends', async (t) => {
  const module = new URL('../../core/log.js', import.meta.url).href
  for (const format of ['json', 'text']) {
    const script = `import { createLog } from ${JSON.stringify(module)}
      createLog({ format: '${format}', level: 'info' }).info('last words'); process.exit(0)`
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    t.match(child.stderr, 'last words', format)
    t.equal(child.stdout, '')
  }
})
