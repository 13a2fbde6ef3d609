import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { DEFAULT_MODEL_PATH } from '../../../core/default-model.js'
import { readModelFile } from '../../../core/model-file.js'
import { type Census, formatCensus } from '../../../lab/census/census.js'
import { parseCensus } from '../../../lab/census/read-census.js'
import { firsteight, jsonLines } from '../../support/command-line.js'

/** One program's part of the committed census, as a site might count it. */
async function siteCensus(): Promise<Census> {
  const census = parseCensus(await readFile('lab/census/clean.census.tsv', 'utf8'), 'clean')
  const program = 'unbound'
  return {
    ...census,
    captures: census.captures.filter((capture) => capture.program === program),
    rows: census.rows.filter((row) => row.program === program),
  }
}

t.test('shows before and after; writes only when told to', async (t) => {
  const folder = t.testdir({ 'site.tsv': formatCensus(await siteCensus()) })
  const [census, out] = [join(folder, 'site.tsv'), join(folder, 'site.model')]
  const shown = await firsteight(['calibrate', '--census', census])
  t.equal(shown.exitCode, 0, shown.stderr)
  t.match(
    shown.stdout,
    /udp-response: \d+ streams, \d+ patterns\n {2}threshold +0\.\d{6} before, 0\.\d{6} after/,
  )
  t.match(shown.stdout, /nothing written/)
  await t.rejects(readFile(out))

  const written = await firsteight(['calibrate', '--census', census, '--out', out, '--json'])
  const lines = jsonLines(written.stdout)
  t.equal(lines.length, 5)
  for (const line of lines.slice(0, 4)) {
    t.ok(line.after.falseAlarms <= line.before.falseAlarms)
    t.ok(['refitted', 'too few streams'].includes(line.outcome))
  }
  const [parent, model] = [await readModelFile(DEFAULT_MODEL_PATH), await readModelFile(out)]
  t.match(lines[4], { summary: { model: out, id: model.id, parentModelId: parent.id, written: true } })
})

t.test('refused: exit code, file and line, and nothing is written', async (t) => {
  const site = await siteCensus()
  const contaminated = {
    ...site,
    rows: [
      ...site.rows,
      { context: 'udp-query', program: 'unbound', pattern: '0000474554202f20', count: 3 } as const,
    ],
  }
  const text = formatCensus(site)
  const folder = t.testdir({
    'contaminated.tsv': formatCensus(contaminated),
    'columns.tsv': text.replace('context\tprogram', 'program\tcontext'),
    'not-a-number.tsv': text.replace(/\t\d+\n$/, '\tNaN\n'),
    'cut.tsv': text.slice(0, -20),
    'empty.tsv': '',
  })
  const out = join(folder, 'site.model')
  for (const [file, expected] of [
    ['contaminated.tsv', /TRAINING_DATA.*contaminated\.tsv: line \d+: udp-query 0000474554202f20 .*x 3/],
    ['columns.tsv', /CENSUS_INVALID.*columns\.tsv: line \d+: expected the column names/],
    ['not-a-number.tsv', /CENSUS_INVALID.*line \d+: expected a count/],
    ['cut.tsv', /CENSUS_INVALID.*cut\.tsv: line \d+/],
    ['empty.tsv', /TRAINING_DATA.*empty\.tsv: the file is empty/],
    ['missing.tsv', /FILE_UNREADABLE.*missing\.tsv/],
  ] as const) {
    const run = await firsteight(['calibrate', '--census', join(folder, file), '--out', out])
    t.equal(run.exitCode, 4, file)
    t.match(run.stderr, expected)
  }
  for (const budget of ['0', '-1', 'NaN', '', '1e7']) {
    const run = await firsteight(['calibrate', '--census', 'lab/captures/demo.pcap', '--budget', budget])
    t.equal(run.exitCode, 2, `budget ${budget}`)
  }
  await t.rejects(readFile(out))
})
