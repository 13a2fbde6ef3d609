import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { firsteight, jsonLines } from '../../support/command-line.js'
import { datagramCapture } from '../../support/datagram-capture.js'

const DEMO = 'lab/captures/demo.pcap'
const CLEAN = 'lab/census/clean.census.tsv'

t.test('captures are added to a census', async (t) => {
  const out = join(t.testdir(), 'wider.tsv')
  const run = await firsteight(['lab', 'census', '--add-to', CLEAN, '--out', out, DEMO, '--json'])
  t.equal(run.exitCode, 0, run.stderr)
  const twice = await firsteight(['lab', 'census', '--add-to', out, '--out', out, DEMO, '--json'])
  t.same(jsonLines(twice.stdout).at(-1), jsonLines(run.stdout).at(-1), 'the same capture counts once')
})

t.test('refusals name the file', async (t) => {
  const folder = t.testdir({ empty: '' })
  const silent = join(folder, 'silent.pcap')
  await writeFile(
    silent,
    datagramCapture([Uint8Array.of(1, 2, 3)], () => [20000, 53]),
  )
  const out = join(folder, 'no.tsv')
  for (const [args, code, expected] of [
    [[CLEAN], 4, /TRAINING_DATA.*clean\.census\.tsv: a census.*\n.*--add-to/],
    [[join(folder, 'empty')], 4, /TRAINING_DATA.*empty: the file is empty/],
    [[silent], 4, /TRAINING_DATA.*silent\.pcap: no stream of eight bytes/],
    [['--add-to', join(folder, 'empty'), DEMO], 4, /TRAINING_DATA.*empty: the file is empty/],
    [['--add-to', CLEAN, '--attack', DEMO], 2, /cannot be used with/],
  ] as const) {
    const run = await firsteight(['lab', 'census', '--out', out, ...args])
    t.equal(run.exitCode, code, args.join(' '))
    t.match(run.stderr, expected)
  }
})
