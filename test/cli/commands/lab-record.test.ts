import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import t from 'tap'
import { registerLabRecord } from '../../../cli/commands/lab-record.js'

function labCommand(): Command {
  const lab = new Command('lab').exitOverride().configureOutput({ writeErr: () => {} })
  registerLabRecord(lab, { stopSignal: () => new AbortController().signal })
  for (const command of lab.commands.flatMap((child) => [child, ...child.commands])) {
    command.exitOverride().configureOutput({ writeErr: () => {} })
  }
  return lab
}

t.test('offers clean, attack and demo', async (t) => {
  const record = labCommand().commands.find((command) => command.name() === 'record')
  t.same(
    record!.commands.map((command) => command.name()),
    ['clean', 'attack', 'demo'],
  )
})

t.test('wants to know where to write', async (t) => {
  await t.rejects(labCommand().parseAsync(['record', 'demo'], { from: 'user' }), {
    code: 'commander.missingMandatoryOptionValue',
  })
})

t.test('without root it says so and writes nothing', async (t) => {
  const wasRoot = process.geteuid?.() === 0
  if (wasRoot) process.seteuid!(65_534)
  t.teardown(() => wasRoot && process.seteuid!(0))
  const folder = join(t.testdirName, 'never')
  const parsed = labCommand().parseAsync(['record', 'demo', '--out', folder, '--json'], { from: 'user' })
  await t.rejects(parsed, { code: /LAB_NO_RIGHT|LAB_PROGRAM_MISSING/ })
  t.notOk(existsSync(folder))
})
