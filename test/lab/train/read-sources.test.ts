import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { formatCensus } from '../../../lab/census/census.js'
import { readTrainingInput } from '../../../lab/train/read-sources.js'
import { madeUpCensus } from '../../support/made-up-census.js'

const DEMO = 'lab/captures/demo.pcap'
const digestOf = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')

t.test('censuses are parsed, captures reduced together, and all are named with their digests', async (t) => {
  const text = formatCensus(madeUpCensus())
  const folder = t.testdir({ 'a.tsv': text })
  const input = await readTrainingInput([join(folder, 'a.tsv'), DEMO])
  t.same(input.sources, [
    { name: 'a.tsv', sha256: digestOf(text) },
    { name: 'demo.pcap', sha256: digestOf(await readFile(DEMO)) },
  ])
  t.equal(input.censuses.length, 2)
  t.equal(formatCensus(input.censuses[0]!), text)
  t.equal(input.censuses[1]!.captures[0]!.name, 'demo.pcap')
})

t.test('a file that is neither, or is not there', async (t) => {
  const folder = t.testdir({ 'a.tsv': '# something else\n', empty: '' })
  await t.rejects(readTrainingInput([join(folder, 'a.tsv')]), {
    code: 'CENSUS_INVALID',
    message: /a\.tsv: line 1/,
  })
  await t.rejects(readTrainingInput([join(folder, 'empty')]), {
    code: 'TRAINING_DATA',
    message: /empty: the file is empty/,
  })
  await t.rejects(readTrainingInput([join(folder, 'none')]), { code: 'FILE_UNREADABLE', message: /none/ })
  await writeFile(join(folder, 'bytes'), Uint8Array.of(0x23, 0xff, 0xfe, 0x0a))
  await t.rejects(readTrainingInput([join(folder, 'bytes')]), { code: 'CENSUS_INVALID' })
})
