import { createHash } from 'node:crypto'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { CONTEXT_NAMES } from '../../../core/contexts.js'
import { formatCensus } from '../../../lab/census/census.js'
import { parseCensus } from '../../../lab/census/read-census.js'
import { reduceCaptures } from '../../../lab/census/reduce.js'
import { seededRandom } from '../../../lab/evaluate/statistics.js'
import { datagramCapture } from '../../support/datagram-capture.js'

const DEMO = 'lab/captures/demo.pcap'

/** A query: random ID, then flags; 12 bytes. */
function queries(count: number, seed: number): Uint8Array[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => {
    const flags = random() < 0.8 ? 1 : 0
    return Uint8Array.of(random() * 256, random() * 256, flags, 0, 0, 1, 0, 0, 0, 0, 0, 0)
  })
}

t.test('counts masked patterns by context and program', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'clean-made-up.pcap')
  const bytes = datagramCapture(queries(1000, 1), (index) => [20000 + index, 53])
  await writeFile(file, bytes)
  const census = await reduceCaptures([file])
  t.equal(Buffer.from(census.masks.get('udp-query')!).toString('hex'), '0000ffffffffffff')
  t.equal(census.masks.has('tcp-query'), false)
  t.same(census.rows.map(({ pattern }) => pattern).sort(), ['0000000000010000', '0000010000010000'])
  t.equal(
    census.rows.reduce((sum, { count }) => sum + count, 0),
    1000,
  )
  t.ok(census.rows.every(({ context, program }) => context === 'udp-query' && program === 'made-up'))
  t.equal(census.captures[0]!.sha256, createHash('sha256').update(bytes).digest('hex'))
  t.equal(formatCensus(parseCensus(formatCensus(census), 'x')), formatCensus(census))

  await writeFile(`${file}.gz`, gzipSync(bytes))
  const zipped = await reduceCaptures([`${file}.gz`])
  t.same(zipped.rows, census.rows)
})

t.test('left out: short streams, and those between two server ports', async (t) => {
  const file = join(t.testdir(), 'mixed.pcap')
  const payloads = [...queries(10, 2), Uint8Array.of(1, 2, 3), ...queries(5, 3)]
  await writeFile(
    file,
    datagramCapture(payloads, (index) => (index > 10 ? [53, 53] : [20000 + index, 53])),
  )
  const census = await reduceCaptures([file])
  t.equal(
    census.rows.reduce((sum, { count }) => sum + count, 0),
    10,
  )
})

t.test('the recorded demo capture: all contexts, software and commands from its manifest', async (t) => {
  const census = await reduceCaptures([DEMO])
  t.same([...census.masks.keys()].sort(), [...CONTEXT_NAMES].sort())
  t.match(census.captures[0], { name: 'demo.pcap', program: 'demo' })
  t.ok(census.captures[0]!.software.some((software) => /^dig DiG/.test(software)))
  t.ok(census.captures[0]!.commands.length > 10)

  const folder = t.testdir()
  await copyFile(DEMO, join(folder, 'other.pcap'))
  await writeFile(
    join(folder, 'manifest.json'),
    '{"captures": [{"file": "other.pcap", "sha256": "0"}, null]}',
  )
  const alone = await reduceCaptures([join(folder, 'other.pcap')])
  t.same(alone.captures[0]!.software, [], 'a manifest of other bytes does not count')
  t.same(
    alone.rows.map(({ pattern }) => pattern),
    census.rows.map(({ pattern }) => pattern),
  )
})

t.test('what cannot be read is said with file and offset', async (t) => {
  const folder = t.testdir({ 'text.pcap': 'hello, world', empty: '' })
  const demo = await readFile(DEMO)
  await writeFile(join(folder, 'cut.pcap'), demo.subarray(0, demo.length - 5))
  await writeFile(join(folder, 'cut.pcap.gz'), gzipSync(demo).subarray(0, 500))
  for (const [name, code] of [
    ['text.pcap', 'CAPTURE_FILE_FORMAT'],
    ['empty', 'CAPTURE_FILE_FORMAT'],
    ['cut.pcap', 'CAPTURE_FILE_TRUNCATED'],
    ['cut.pcap.gz', 'FILE_UNREADABLE'],
    ['none.pcap', 'FILE_UNREADABLE'],
    ['.', 'FILE_UNREADABLE'],
  ] as const) {
    await t.rejects(reduceCaptures([join(folder, name)]), { code, message: name }, name)
  }
})
