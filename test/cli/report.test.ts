import { CommanderError } from 'commander'
import t from 'tap'
import { reportError } from '../../cli/report.js'
import { FirsteightError } from '../../core/errors.js'

const plain = { json: false, stack: false, help: 'firsteight score --help' }

t.test('a FirsteightError gives its code, message, hint and exit code', async (t) => {
  const error = new FirsteightError('MODEL_MISSING', 'no model at x', {
    hint: 'give --model',
    details: { file: 'x' },
  })
  t.same(reportError(error, plain), {
    exitCode: 5,
    text: 'error [MODEL_MISSING]: no model at x\nhint: give --model\n',
  })
  const json = reportError(error, { ...plain, json: true })
  t.equal(json.exitCode, 5)
  t.same(JSON.parse(json.text), {
    error: {
      code: 'MODEL_MISSING',
      message: 'no model at x',
      hint: 'give --model',
      details: { file: 'x' },
      exitCode: 5,
    },
  })
  t.equal(json.text.split('\n').length, 2, 'one line')
})

t.test('an empty hint prints no line', async (t) => {
  t.equal(reportError(new FirsteightError('USAGE', 'm'), plain).text, 'error [USAGE]: m\n')
})

t.test('anything else is a fault of firsteight; the stack only when asked for', async (t) => {
  const report = reportError(new TypeError('boom'), plain)
  t.equal(report.exitCode, 1)
  t.match(report.text, /^error \[INTERNAL\]: boom\nhint: .*--verbose.*report/)
  t.notMatch(report.text, /report\.test/)
  const nested = new Error('outer', { cause: new Error('inner') })
  const withStack = reportError(nested, { ...plain, stack: true }).text
  t.match(withStack, /report\.test/)
  t.match(withStack, /caused by Error: inner/)
  t.match(reportError('a string', plain).text, /INTERNAL\]: a string/)
})

t.test('usage errors name the help; help and version are no errors', async (t) => {
  const usage = new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'")
  t.same(reportError(usage, plain), {
    exitCode: 2,
    text: "error [USAGE]: unknown option '--x'\nhint: see firsteight score --help\n",
  })
  t.same(reportError(new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)'), plain), {
    exitCode: 0,
    text: '',
  })
  t.match(
    reportError(new CommanderError(1, 'commander.help', '(outputHelp)'), plain).text,
    /no command given/,
  )
})
