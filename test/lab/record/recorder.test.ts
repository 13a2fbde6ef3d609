import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { MANIFEST_NAME, writeManifest } from '../../../lab/record/manifest.js'
import { record } from '../../../lab/record/recorder.js'
import type { Scenario } from '../../../lab/record/scenario.js'
import { requires } from '../../support/requires.js'

const real = requires({ programs: ['ip', 'tcpdump', 'nc'], captureRight: true })

/** One line over TCP from a real nc to a real nc; then the end, an error, or a client that never ends. */
function scenario(ending: 'complete' | 'error' | 'endless'): Scenario {
  return {
    name: 'one-line',
    class: 'attack',
    programs: ['nc'],
    async prepare(stage) {
      const namespace = await stage.namespace()
      const capture = { namespace, networkInterface: 'lo', filter: 'port 53' }
      return {
        captures: [
          { ...capture, file: 'client.pcap', holds: 'both directions' },
          { ...capture, file: 'server.pcap', holds: 'the answers', filter: 'src port 53' },
        ],
        async traffic() {
          await stage.start(namespace, 'nc', ['-nvl', '127.0.0.1', '53'], /Listening/)
          await stage.run(namespace, 'nc', ['-N', '127.0.0.1', '53'], { input: ['sentinel-line\n'] })
          if (ending === 'error') throw new Error('in the midst')
          if (ending === 'endless') await stage.run(namespace, 'nc', ['-l', '127.0.0.1', '54'])
        },
      }
    },
  }
}

function namespacesOfThisProcess(): string[] {
  const names = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }).split('\n')
  return names.filter((name) => name.startsWith(`firsteight-${process.pid}-`))
}

t.test('needs root', { skip: process.geteuid ? false : 'needs user ids' }, async (t) => {
  const wasRoot = process.geteuid!() === 0
  if (wasRoot) process.seteuid!(65_534)
  t.teardown(() => wasRoot && process.seteuid!(0))
  const folder = join(t.testdirName, 'never')
  await t.rejects(record([], { outputFolder: folder }), { code: /LAB_NO_RIGHT|LAB_PROGRAM_MISSING/ })
  t.notOk(existsSync(folder))
})

t.test('an output folder that is a file', real, async (t) => {
  const folder = join(t.testdir({ file: '' }), 'file')
  await t.rejects(record([], { outputFolder: folder }), { code: 'FILE_UNWRITABLE' })
})

t.test('records every packet, writes the manifest and leaves nothing behind', real, async (t) => {
  const folder = join(t.testdir({}), 'new', 'folder')
  const numbers: number[] = []
  const manifest = await record([scenario('complete')], {
    outputFolder: folder,
    onProgress: (progress) => numbers.push(progress.captures?.length ?? 0),
  })
  t.same(numbers, [0, 2])
  t.same(readdirSync(folder).sort(), ['client.pcap', MANIFEST_NAME, 'server.pcap'])
  t.same(JSON.parse(readFileSync(join(folder, MANIFEST_NAME), 'utf8')), manifest)

  const [client, server] = manifest.captures
  t.ok(readFileSync(join(folder, 'client.pcap')).includes('sentinel-line'), 'the payload is there')
  t.ok(client!.packets >= 7, 'handshake, line, both ends of the close')
  t.ok(server!.packets > 0 && server!.packets < client!.packets)
  t.match(client!.programs.find(({ program }) => program === 'tcpdump')?.version, /\d\.\d/)
  t.ok(client!.commands.includes('nc -N 127.0.0.1 53'))
  t.notMatch(JSON.stringify(manifest), folder)
  t.same(namespacesOfThisProcess(), [])
})

t.test('records a part again and keeps what the manifest says of the rest', real, async (t) => {
  const folder = t.testdir({})
  const other = { ...scenario('complete'), name: 'other' }
  const whole = await record([scenario('complete')], { outputFolder: folder })
  const rest = whole.captures.map((capture) => ({ ...capture, scenario: 'elsewhere' }))
  await writeManifest(folder, { recorded: whole.recorded, captures: [...rest, ...whole.captures] })
  const part = await record([scenario('complete'), other], { outputFolder: folder, only: ['one-line'] })
  t.same(part.captures.slice(0, 2), rest)
  t.same(
    part.captures.map(({ scenario: name }) => name),
    ['elsewhere', 'elsewhere', 'one-line', 'one-line'],
  )
  await t.rejects(record([other], { outputFolder: folder, only: ['none'] }), {
    code: 'USAGE',
    message: /none/,
    hint: /other/,
  })
  t.same(JSON.parse(readFileSync(join(folder, MANIFEST_NAME), 'utf8')), part, 'a wrong name changes nothing')
})

t.test('after an error no partial capture, no manifest, no namespace', real, async (t) => {
  const folder = t.testdir({ [MANIFEST_NAME]: '{}' })
  await t.rejects(record([scenario('error')], { outputFolder: folder }), { message: 'in the midst' })
  t.same(readdirSync(folder), [])
  t.same(namespacesOfThisProcess(), [])
})

t.test('an abort ends the recording and cleans up', real, async (t) => {
  const folder = t.testdir({})
  const controller = new AbortController()
  const recording = record([scenario('endless')], {
    outputFolder: folder,
    onProgress: () => setTimeout(() => controller.abort(new Error('stopped')), 600),
    signal: controller.signal,
  })
  await t.rejects(recording, { message: 'stopped' })
  t.same(readdirSync(folder), [])
  t.same(namespacesOfThisProcess(), [])
})
