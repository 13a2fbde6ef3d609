import { join } from 'node:path'
import t from 'tap'
import { readModelFile } from '../../../core/model-file.js'
import { judgeStreams } from '../../../lab/evaluate/judge.js'
import { ModelScores } from '../../../lab/evaluate/model-scores.js'
import { readTrainingInput } from '../../../lab/train/read-sources.js'
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

t.test('the shipped model: gate open, thresholds below where attacks begin', async (t) => {
  const { model, byContext } = await readModelFile('models/default.model')
  t.equal(model.gate!.open, true)
  for (const [name, { threshold, confidence }] of byContext) {
    const { losses, probabilities } = confidence!
    t.ok(threshold < losses![probabilities!.findIndex((probability) => probability >= 0.5)]!, name)
  }
})

t.test(
  'the shipped model: of the clean streams it learnt from, at most 1 in 100,000 are flagged and none escalates',
  async (t) => {
    const scores = await ModelScores.load(await readModelFile('models/default.model'))
    const { censuses } = await readTrainingInput(['lab/census/clean.census.tsv'])
    const streams = censuses[0]!.rows.map(({ context, program, pattern, count }) => ({
      ...{ context, firstEight: pattern, length: undefined, label: program },
      ...{ capture: program, flow: program, count },
    }))
    const judged = judgeStreams(
      {
        ...{ file: 'clean', kind: 'census', sha256: '', streamClass: 'clean', short: 0, midstream: 0 },
        ...{ streams, labels: new Map() },
      },
      scores,
    )
    const countOf = (some: typeof judged) => some.reduce((sum, { count }) => sum + count, 0)
    const flagged = judged.filter((stream) => stream.flagged.model)
    t.ok(countOf(flagged) * 100_000 <= countOf(judged), `${countOf(flagged)} of ${countOf(judged)}`)
    t.same(
      [...new Set(judged.filter((stream) => stream.escalated).map(({ firstEight }) => firstEight))],
      [],
      'whatever its opcode and response code',
    )
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
