import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { COMMANDS } from '../../cli/commands/index.js'
import { encodeModelFile } from '../../core/model-file.js'
import { firsteight, MAIN } from '../support/command-line.js'
import { pcapFile, udpFrame } from '../support/pcap.js'
import { randomModel } from '../support/random-model.js'

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
    t.match(stdout, new RegExp(`\nExamples:\n( {2}.*\n)*? {2}firsteight ${name}\\b`))
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

t.test('no command: the help on stderr and exit 2', async (t) => {
  const { exitCode, stdout, stderr } = await firsteight([])
  t.equal(exitCode, 2)
  t.equal(stdout, '')
  t.match(stderr, /^Usage: firsteight/)
  t.match(stderr, /error \[USAGE\]: no command given\n/)
})

t.test('an error of a command: code, hint and exit code; the stack only when asked for', async (t) => {
  const wrong = ['score', '/nonexistent.pcap', '--model', '/nonexistent.model']
  const plain = await firsteight(wrong)
  t.equal(plain.exitCode, 5)
  t.equal(plain.stdout, '')
  t.match(plain.stderr, /^error \[MODEL_MISSING\]: .*\nhint: .*\n$/)
  t.match((await firsteight([...wrong, '--verbose'])).stderr, /\n {4}at /)
  t.match((await firsteight(wrong, { FIRSTEIGHT_DEBUG: '1' })).stderr, /\n {4}at /)
  const json = JSON.parse((await firsteight([...wrong, '--json'])).stdout)
  t.match(json, { error: { code: 'MODEL_MISSING', exitCode: 5 } })
})

t.test('a reader that goes away (| head) ends the command quietly', async (t) => {
  const model = join(t.testdir(), 'random.model')
  writeFileSync(model, encodeModelFile(randomModel({ seed: 1 })).bytes)
  const child = spawn(
    process.execPath,
    [MAIN, 'score', 'lab/captures/demo.pcap', '--every', '--json', '--model', model],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  child.stdout.destroy()
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const [exitCode] = await once(child, 'close')
  t.equal(exitCode, 0)
  t.equal(stderr, '')
})

t.test('a slow reader gets every line', async (t) => {
  const capture = join(t.testdir(), 'many.pcap')
  const query = Buffer.from('86ed0100000100000000000003777777076578616d706c6500', 'hex')
  writeFileSync(capture, pcapFile(Array.from({ length: 1000 }, () => udpFrame(query, 4000, 53))))
  const child = spawn(process.execPath, [MAIN, 'score', capture, '--every', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  // Longer than the command takes; it may not end before its lines are read.
  await setTimeout(1500)
  let stdout = ''
  for await (const chunk of child.stdout) stdout += chunk
  const lines = stdout.trim().split('\n')
  t.equal(lines.length, 1001)
  t.match(JSON.parse(lines.at(-1)!), { summary: { packets: 1000 } })
})
