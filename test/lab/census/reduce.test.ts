import { createHash } from 'node:crypto'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { CONTEXT_NAMES } from '../../../core/contexts.js'
import { formatCensus } from '../../../lab/census/census.js'
import { parseCensus } from '../../../lab/census/read-census.js'
import { reduceCaptures } from '../../../lab/census/reduce.js'
import { seededRandom } from '../../support/random-model.js'

const DEMO = 'lab/captures/demo.pcap'

/** A pcap file of raw IPv4 datagrams from 192.0.2.1 to 192.0.2.2, one client port each unless said otherwise. */
function pcapOf(payloads: Uint8Array[], ports: (index: number) => [number, number]): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(65535, 16)
  header.writeUInt32LE(101, 20)
  const records = payloads.map((payload, index) => {
    const [source, destination] = ports(index)
    const packet = Buffer.alloc(28 + payload.length)
    packet.set([0x45, 0, packet.length >> 8, packet.length & 255, 0, 0, 0, 0, 64, 17, 0, 0], 0)
    packet.set([192, 0, 2, 1, 192, 0, 2, 2], 12)
    packet.writeUInt16BE(source, 20)
    packet.writeUInt16BE(destination, 22)
    packet.writeUInt16BE(8 + payload.length, 24)
    packet.set(payload, 28)
    const record = Buffer.alloc(16)
    record.writeUInt32LE(1_700_000_000 + index, 0)
    record.writeUInt32LE(packet.length, 8)
    record.writeUInt32LE(packet.length, 12)
    return Buffer.concat([record, packet])
  })
  return Buffer.concat([header, ...records])
}

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
  const bytes = pcapOf(queries(1000, 1), (index) => [20000 + index, 53])
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
    pcapOf(payloads, (index) => (index > 10 ? [53, 53] : [20000 + index, 53])),
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
