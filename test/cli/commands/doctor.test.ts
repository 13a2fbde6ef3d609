import t from 'tap'
import { firsteight, jsonLines } from '../../support/command-line.js'

t.test('what is wrong, the command that mends it, and the exit code', async (t) => {
  const unreachable = ['doctor', '-i', 'nosuch0', '--broker', 'mqtt://127.0.0.1:1']
  const text = await firsteight(unreachable)
  t.equal(text.exitCode, 8)
  t.match(text.stdout, /failed +interface +there is no interface nosuch0\n +mend: .*\blo\b/)
  t.match(text.stdout, /failed +broker .*\n +mend: /)
  t.match(text.stdout, /\n\d+ ok, \d+ warnings, \d+ failed\n$/)
  t.match(text.stderr, /\[DOCTOR_FOUND\]/)

  const { exitCode, stdout } = await firsteight([...unreachable, '--json'])
  t.equal(exitCode, 8)
  const lines = jsonLines(stdout)
  const checks = lines.filter((line) => line.name)
  const { summary } = lines.at(-2)
  t.equal(summary.ok + summary.warning + summary.failed, checks.length)
  t.match(lines.at(-1), { error: { code: 'DOCTOR_FOUND', details: summary } })
  for (const check of checks) {
    t.match(check.state, /^(ok|warning|failed)$/)
    t.equal(check.mend === '', check.state === 'ok', `${check.name} says what mends it`)
  }
})

t.test('settings that are wrong are one fault, and the machine is looked at all the same', async (t) => {
  const { exitCode, stdout } = await firsteight(['doctor', '--ports', '70000', '--json'])
  t.equal(exitCode, 8)
  const lines = jsonLines(stdout)
  t.match(lines[0], { name: 'settings', state: 'failed', finding: /70000/ })
  t.ok(lines.some(({ name }) => name === 'node'))
})
