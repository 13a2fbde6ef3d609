import { join } from 'node:path'
import t from 'tap'
import { readModelFile } from '../../../core/model-file.js'
import { lossesByContext } from '../../../lab/calibrate/census-losses.js'
import { readCensusFile } from '../../../lab/calibrate/read-census-file.js'
import { firsteight, jsonLines } from '../../support/command-line.js'

const ATTACK = 'lab/census/attack.census.tsv'

t.test('calibrates the default model again as it is', async (t) => {
  const out = join(t.testdir(), 'again.model')
  const run = await firsteight([
    'lab',
    'calibrate',
    '--model',
    'models/default.model',
    '--attack',
    ATTACK,
    '--out',
    out,
    '--json',
  ])
  t.equal(run.exitCode, 0, run.stderr)
  const lines = jsonLines(run.stdout)
  t.equal(lines.length, 5)
  const [shipped, again] = [await readModelFile('models/default.model'), await readModelFile(out)]
  t.match(lines[4].summary, { id: again.id, gate: { ...shipped.model.gate } })
  for (const [name, context] of shipped.byContext) {
    t.same(again.byContext.get(name)!.confidence, context.confidence)
    t.equal(again.byContext.get(name)!.threshold, context.threshold)
  }
})

t.test(
  'the shipped model: gate open, thresholds below every known attack; no clean pattern escalates',
  async (t) => {
    const file = await readModelFile('models/default.model')
    t.equal(file.model.gate!.open, true)
    const { census } = await readCensusFile('lab/census/clean.census.tsv', file)
    const clean = await lossesByContext(file, census, 'clean.census.tsv')
    for (const [name, { threshold, confidence }] of file.byContext) {
      const { losses, probabilities } = confidence!
      const attacks = losses![probabilities!.findIndex((probability) => probability >= 0.5)]!
      t.ok(threshold < attacks, name)
      const escalates =
        losses![probabilities!.findIndex((probability) => probability >= file.model.gate!.confidence!)]!
      t.same(
        clean.get(name)!.filter(({ loss }) => loss >= escalates),
        [],
        name,
      )
    }
  },
)

t.test('refusals', async (t) => {
  const out = join(t.testdir(), 'no.model')
  for (const [args, code, expected] of [
    [
      ['--model', 'models/default.model', '--attack', 'lab/census/clean.census.tsv', '--out', out],
      4,
      /TRAINING_DATA.*learnt from this file/,
    ],
    [['--model', ATTACK, '--attack', ATTACK, '--out', out], 5, /MODEL_CORRUPT/],
    [
      ['--model', 'models/default.model', '--attack', 'lab/captures/demo.pcap', '--out', out],
      4,
      /TRAINING_DATA.*1 labels/,
    ],
    [
      ['--model', 'models/default.model', '--attack', ATTACK, '--out', out, '--confidence', '1.5'],
      2,
      /from 0 to 1/,
    ],
    [
      ['--model', 'models/default.model', '--attack', ATTACK, '--out', out, '--precision', 'NaN'],
      2,
      /from 0 to 1/,
    ],
    [['--model', 'models/default.model', '--attack', ATTACK], 2, /--out/],
  ] as const) {
    const run = await firsteight(['lab', 'calibrate', ...args])
    t.equal(run.exitCode, code, args.join(' '))
    t.match(run.stderr, expected)
  }
})
