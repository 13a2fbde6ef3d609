import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { programsOf } from '../../../lab/census/known-programs.js'
import { parseCensus } from '../../../lab/census/read-census.js'

t.test('a committed census is known by its digest, another is not', async (t) => {
  const bytes = readFileSync('lab/census/clean.census.tsv')
  const programs = await programsOf(createHash('sha256').update(bytes).digest('hex'))
  const { rows, captures } = parseCensus(bytes.toString('utf8'), 'clean')
  t.same(
    programs?.map(({ program }) => program),
    [...new Set(captures.map(({ program }) => program))].sort(),
  )
  const total = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0)
  t.equal(total(programs!.map(({ streams }) => streams)), total(rows.map(({ count }) => count)))
  t.equal(total(programs!.map(({ patterns }) => patterns)), rows.length)
  t.equal(await programsOf('0'.repeat(64)), undefined)
})
