import { readFileSync } from 'node:fs'
import t from 'tap'
import { COMMANDS } from '../../cli/commands/index.js'
import { firsteight } from '../support/command-line.js'

t.test('--version prints the version of package.json', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  t.same(await firsteight(['--version']), { exitCode: 0, stdout: `${version}\n`, stderr: '' })
})

t.test('--help lists every command and exit code on stdout', async (t) => {
  const { exitCode, stdout, stderr } = await firsteight(['--help'])
  t.equal(exitCode, 0)
  t.equal(stderr, '')
  for (const name of COMMANDS.keys()) t.match(stdout, new RegExp(`^ {2}${name}\\b`, 'm'))
  for (let code = 0; code <= 8; code++) t.match(stdout, new RegExp(`^ {2}${code} {2}`, 'm'))
})

for (const name of COMMANDS.keys()) {
  t.test(`${name} --help shows examples and exit codes`, async (t) => {
    const { exitCode, stdout, stderr } = await firsteight([name, '--help'])
    t.equal(exitCode, 0)
    t.equal(stderr, '')
    t.match(stdout, new RegExp(`^Usage: firsteight ${name}\\b`))
    t.match(stdout, new RegExp(`\nExamples:\n {2}firsteight ${name}\\b`))
    t.match(stdout, /\nExit codes:\n {2}0 /)
  })
}

t.test('usage errors: exit 2, one error and one hint on stderr, nothing on stdout', async (t) => {
  for (const args of [['no-such-command'], ['--no-such-option'], ['constructor']]) {
    const { exitCode, stdout, stderr } = await firsteight(args)
    t.equal(exitCode, 2, args.join(' '))
    t.equal(stdout, '')
    t.match(stderr, /^error \[USAGE\]: .*\nhint: see firsteight --help\n$/)
  }
})

t.test('with --json the error is one object on stdout', async (t) => {
  const { exitCode, stdout, stderr } = await firsteight(['no-such-command', '--json'])
  t.equal(exitCode, 2)
  t.equal(stderr, '')
  t.match(JSON.parse(stdout), { error: { code: 'USAGE', exitCode: 2 } })
})
