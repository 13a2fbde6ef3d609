import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { decodeModelFile } from '../../core/model-file.js'
import { formatCensus } from '../../lab/census/census.js'
import { firsteight, jsonLines } from '../support/command-line.js'
import { madeUpCensus } from '../support/made-up-census.js'

const SMALL = ['--hidden', '8', '--bottleneck', '4', '--epochs', '2']

t.test('train writes a model file that inspect shows', async (t) => {
  const folder = t.testdir({ 'a.tsv': formatCensus(madeUpCensus({ streams: 150 })) })
  const model = join(folder, 'site.model')
  const train = (out: string, ...more: string[]) =>
    firsteight([
      'train',
      join(folder, 'a.tsv'),
      ...['--out', out, '--name', 'site', '--seed', '9', ...SMALL, ...more],
    ])
  const run = await train(model)
  t.equal(run.exitCode, 0, run.stderr)
  const { id } = decodeModelFile(await readFile(model), model)
  t.match(run.stdout, `model id ${id}`)
  t.match(run.stdout, /udp-query\s+150 streams/)
  t.match(run.stderr, /tcp-response, all: epoch/)

  const again = join(folder, 'again.model')
  const lines = jsonLines((await train(again, '--json')).stdout)
  t.equal(lines.length, 5)
  t.match(lines[0], { context: 'udp-query', trainingStreams: 150 })
  t.match(lines[4], { summary: { model: again, id } }, 'the same bytes again')

  const card = await firsteight(['inspect', model])
  t.equal(card.exitCode, 0)
  t.match(card.stdout, id)
  t.match(card.stdout, /udp-query +\| 64-8-8-8-64/)
  t.match(card.stdout, 'Uncalibrated')
  t.match(card.stdout, 'a.tsv')
  const { summary } = JSON.parse((await firsteight(['inspect', model, '--json'])).stdout)
  t.match(summary, {
    id,
    name: 'site',
    calibrated: false,
    contexts: [
      { context: 'udp-query', shape: '64-8-8-8-64', inputMask: '0000ffffffffffff', trainingStreams: 150 },
    ],
    provenance: { seed: 9, sources: [{ name: 'a.tsv', role: 'training' }], settings: { bottleneck: '4' } },
  })
})

t.test('lab census writes a census that train reads', async (t) => {
  const census = join(t.testdir(), 'demo.census.tsv')
  const run = await firsteight(['lab', 'census', '--out', census, 'lab/captures/demo.pcap', '--json'])
  t.equal(run.exitCode, 0, run.stderr)
  t.match(jsonLines(run.stdout).at(-1), { summary: { census, captures: 1 } })
  const refused = await firsteight(['train', census, '--out', join(t.testdirName, 'x.model')])
  t.equal(refused.exitCode, 4)
  t.match(refused.stderr, /TRAINING_DATA.*udp-query: \d+ streams, expected at least 100/s)
})

t.test('errors: exit code and what to do, and no file is left', async (t) => {
  const folder = t.testdir({ 'bad.tsv': '# firsteight census 1\nnonsense\n', 'text.pcap': 'nonsense' })
  const model = join(folder, 'out.model')
  for (const [args, code, expected] of [
    [['train', join(folder, 'none.pcap'), '--out', model], 4, /FILE_UNREADABLE/],
    [['train', join(folder, 'bad.tsv'), '--out', model], 4, /CENSUS_INVALID.*line 2/],
    [['train', join(folder, 'text.pcap'), '--out', model], 4, /CAPTURE_FILE_FORMAT/],
    [['train', join(folder, 'bad.tsv')], 2, /--out/],
    [['train', join(folder, 'bad.tsv'), '--out', model, '--hidden', '33'], 2, /from 1 to 32/],
    [['inspect', join(folder, 'none.model')], 5, /MODEL_MISSING/],
    [['inspect', join(folder, 'bad.tsv')], 5, /MODEL_CORRUPT/],
  ] as const) {
    const run = await firsteight([...args])
    t.equal(run.exitCode, code, args.join(' '))
    t.match(run.stderr, expected)
  }
  await t.rejects(readFile(model))
})

t.test('a model that cannot be written is said, before nothing else is lost', async (t) => {
  const folder = t.testdir({ 'a.tsv': formatCensus(madeUpCensus({ streams: 150 })) })
  await writeFile(join(folder, 'file'), '')
  const out = join(folder, 'file', 'x')
  const run = await firsteight(['train', join(folder, 'a.tsv'), '--out', out, ...SMALL, '--epochs', '1'])
  t.equal(run.exitCode, 4)
  t.match(run.stderr, /FILE_UNWRITABLE/)
})
