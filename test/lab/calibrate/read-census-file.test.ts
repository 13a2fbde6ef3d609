import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { encodeModelFile } from '../../../core/model-file.js'
import { readCensusFile, rowLine } from '../../../lab/calibrate/read-census-file.js'
import { formatCensus } from '../../../lab/census/census.js'
import { madeUpCensus } from '../../support/made-up-census.js'
import { randomModel } from '../../support/random-model.js'

const model = encodeModelFile(randomModel({ seed: 3, hidden: 8 }))

t.test('a census, with the lines of its rows', async (t) => {
  const text = formatCensus(madeUpCensus({ streams: 50 }))
  const file = join(t.testdir({ 'site.tsv': text }), 'site.tsv')
  const read = await readCensusFile(file, model)
  t.match(read, { name: 'site.tsv', sha256: createHash('sha256').update(text).digest('hex') })
  const lines = text.split('\n')
  const mask = Uint8Array.of(0, 0, 255, 255, 255, 255, 255, 255)
  for (const row of read.census.rows) {
    const line = rowLine(
      read,
      row.context,
      { ...row, loss: 0, pattern: `0000${row.pattern.slice(4)}` },
      mask,
    )!
    t.match(lines[line - 1], new RegExp(`^${row.context}\t${row.program}\t....${row.pattern.slice(4)}\t`))
  }
})

t.test("a capture is reduced with the model's masks", async (t) => {
  const read = await readCensusFile('lab/captures/demo.pcap', model)
  t.equal(
    read.sha256,
    createHash('sha256')
      .update(await readFile('lab/captures/demo.pcap'))
      .digest('hex'),
  )
  t.equal(read.firstRowLine, undefined)
  t.same(read.census.masks.get('udp-query'), Uint8Array.of(0, 0, 255, 255, 255, 255, 255, 255))
  t.ok(read.census.rows.length > 20)
  t.equal(rowLine(read, 'udp-query', { ...read.census.rows[0]!, loss: 0 }, new Uint8Array(8)), undefined)
})

t.test('nothing in it', async (t) => {
  const empty = { ...madeUpCensus({ streams: 50 }), rows: [] }
  const file = join(t.testdir({ 'site.tsv': formatCensus(empty) }), 'site.tsv')
  await t.rejects(readCensusFile(file, model), { code: 'TRAINING_DATA', message: /no stream of eight bytes/ })
})
