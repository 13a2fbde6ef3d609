import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { formatCensus } from '../../../lab/census/census.js'
import { parseCensus } from '../../../lab/census/read-census.js'
import { reduceAttackCaptures } from '../../../lab/census/reduce-attacks.js'
import { seededRandom } from '../../../lab/evaluate/statistics.js'
import { datagramCapture } from '../../support/datagram-capture.js'

const random = seededRandom(5)
const noise = () => Uint8Array.from({ length: 16 }, () => random() * 256)

t.test('whole patterns, the first 240 of a label, the rest counted', async (t) => {
  const file = join(t.testdir(), 'attack-noise.pcap')
  const payloads = Array.from({ length: 300 }, noise)
  await writeFile(
    file,
    datagramCapture([...payloads, payloads[0]!], (index) => [20000 + index, 53]),
  )
  const census = await reduceAttackCaptures([file])
  t.equal(census.rows.length, 240)
  t.same(
    census.rows.find(({ pattern }) => pattern === Buffer.from(payloads[0]!.subarray(0, 8)).toString('hex')),
    {
      context: 'udp-query',
      program: 'noise',
      pattern: Buffer.from(payloads[0]!.subarray(0, 8)).toString('hex'),
      count: 2,
    },
  )
  t.same(census.cuts, [{ context: 'udp-query', program: 'noise', streams: 60 }])
  t.equal(Buffer.from(census.masks.get('udp-query')!).toString('hex'), 'ff'.repeat(8))

  const text = formatCensus(census)
  t.equal(formatCensus(parseCensus(text, 'noise.census.tsv')), text, 'read again as it was written')
})

t.test('a cut must name a context, a known program and a count', async (t) => {
  const file = join(t.testdir(), 'attack-noise.pcap')
  await writeFile(
    file,
    datagramCapture(Array.from({ length: 241 }, noise), () => [20000, 53]),
  )
  const text = formatCensus(await reduceAttackCaptures([file]))
  const cut = '# cut\tudp-query\tnoise\t1'
  t.ok(text.includes(`${cut}\n`))
  for (const wrong of ['# cut\tudp\tnoise\t1', '# cut\tudp-query\tother\t1', '# cut\tudp-query\tnoise\t0']) {
    t.throws(
      () => parseCensus(text.replace(cut, wrong), 'noise.census.tsv'),
      { code: 'CENSUS_INVALID' },
      wrong,
    )
  }
})

t.test('the committed attack census', async (t) => {
  const census = parseCensus(readFileSync('lab/census/attack.census.tsv', 'utf8'), 'attack.census.tsv')
  const labels = new Set(census.rows.map(({ program }) => program))
  t.ok(labels.size >= 55, `${labels.size} labels`)
  for (const mask of census.masks.values()) t.ok(mask.every((byte) => byte === 255))
  for (const capture of census.captures) {
    t.ok(capture.commands.length > 0 && capture.software.length > 0, capture.name)
    if (capture.program !== 'seven-bytes') t.ok(labels.has(capture.program), capture.name)
  }
  for (const label of [
    'openssh',
    'tls-openssl',
    'http',
    'socks',
    'openvpn-udp',
    'wireguard',
    'ike',
    'quic',
    'random',
  ]) {
    t.ok(labels.has(label), label)
  }
  // Whatever else the bytes are, these are TLS records, SSH greetings and sixteen ones of BGP.
  const all = (program: string, start: RegExp) =>
    t.ok(
      census.rows.filter((row) => row.program === program).every(({ pattern }) => start.test(pattern)),
      program,
    )
  all('tls-openssl', /^160303|^160301|^150303/)
  all('openssh', /^5353482d322e302d$/)
  all('bgp', /^f{16}$/)
})
