import fc from 'fast-check'
import t from 'tap'
import { FirsteightError } from '../../../core/errors.js'
import { type Census, formatCensus } from '../../../lab/census/census.js'
import { parseCensus } from '../../../lab/census/read-census.js'

const census: Census = {
  captures: [
    {
      name: 'b.pcap',
      sha256: '1'.repeat(64),
      program: 'b',
      software: ['bind9 9.18'],
      commands: ['dig\t@::1  a.b\n'],
    },
    { name: 'a.pcap', sha256: '0'.repeat(64), program: 'a', software: [], commands: [] },
  ],
  masks: new Map([
    ['tcp-query', Buffer.from('ffff0000ffffffff', 'hex')],
    ['udp-query', Buffer.from('0000ffffffffffff', 'hex')],
  ]),
  rows: [
    { context: 'tcp-query', program: 'a', pattern: '001d000001000001', count: 2 },
    { context: 'udp-query', program: 'b', pattern: '0000010000010000', count: 9007199254740991 },
    { context: 'udp-query', program: 'a', pattern: '0000012000010000', count: 1 },
    { context: 'udp-query', program: 'a', pattern: '0000010000010000', count: 3 },
  ],
}

const text = [
  '# firsteight census 1',
  `# capture\ta.pcap\t${'0'.repeat(64)}\ta`,
  `# capture\tb.pcap\t${'1'.repeat(64)}\tb`,
  '# software\tb.pcap\tbind9 9.18',
  '# command\tb.pcap\tdig @::1  a.b',
  '# mask\tudp-query\t0000ffffffffffff',
  '# mask\ttcp-query\tffff0000ffffffff',
  'context\tprogram\tpattern\tcount',
  'udp-query\ta\t0000010000010000\t3',
  'udp-query\ta\t0000012000010000\t1',
  'udp-query\tb\t0000010000010000\t9007199254740991',
  'tcp-query\ta\t001d000001000001\t2',
  '',
].join('\n')

t.test('a census is written canonically and read back', async (t) => {
  t.equal(formatCensus(census), text)
  const again = parseCensus(text, 'x.tsv')
  t.equal(formatCensus(again), text)
  t.equal(again.rows.length, 4)
  t.same(again.captures[1]!.software, ['bind9 9.18'])
})

const lines = text.split('\n')
const replaced = (line: number, by: string) => lines.with(line - 1, by).join('\n')

for (const [name, line, bad, expected] of [
  ['another format', 1, replaced(1, '# firsteight census 2'), /census 1/],
  ['no line feed at the end', 12, text.slice(0, -1), /line feed/],
  ['unknown header', 4, replaced(4, '# sorcery\tb.pcap\tbind9'), /# software/],
  ['a digest too short', 2, replaced(2, '# capture\ta.pcap\t00\ta'), /64 lower-case/],
  ['a capture twice', 3, replaced(3, lines[1]!), /each capture once/],
  ['software of an unknown capture', 4, replaced(4, '# software\tc.pcap\tbind9'), /captures named before/],
  ['an unprintable field', 4, replaced(4, '# software\tb.pcap\tbi\u001b[31mnd'), /printable/],
  ['a mask of an unknown context', 6, replaced(6, '# mask\tudp\t0000ffffffffffff'), /one of udp-query/],
  ['a short mask', 6, replaced(6, '# mask\tudp-query\t0000ff'), /16 lower-case/],
  ['a mask twice', 7, replaced(7, lines[5]!), /once/],
  ['no column names', 8, replaced(8, 'context\tpattern'), /column names/],
  ['a missing field', 9, replaced(9, 'udp-query\ta\t0000010000010000'), /four fields/],
  ['an unknown context', 9, replaced(9, 'udp\ta\t0000010000010000\t3'), /a context/],
  ['an unknown program', 9, replaced(9, 'udp-query\tc\t0000010000010000\t3'), /program of a capture/],
  [
    'a context without mask',
    9,
    replaced(9, 'udp-response\ta\t0000010000010000\t3'),
    /a mask for udp-response/,
  ],
  ['upper-case digits', 9, replaced(9, 'udp-query\ta\t00000100000100AA\t3'), /16 lower-case/],
  ['a pattern outside its mask', 9, replaced(9, 'udp-query\ta\t0100010000010000\t3'), /within its mask/],
  ['a count of zero', 9, replaced(9, 'udp-query\ta\t0000010000010000\t0'), /count from 1/],
  ['a count beyond 2^53', 9, replaced(9, 'udp-query\ta\t0000010000010000\t9007199254740992'), /count from 1/],
  ['a row twice', 10, replaced(10, lines[8]!), /each once/],
  ['rows out of order', 12, replaced(12, 'udp-query\ta\t0000010000000000\t3'), /in order/],
] as const) {
  t.test(`refused with its line: ${name}`, async (t) => {
    t.throws(() => parseCensus(bad, 'x.tsv'), {
      code: 'CENSUS_INVALID',
      message: new RegExp(`^x\\.tsv: line ${line}: .*${expected.source}`),
      details: { file: 'x.tsv', line },
    })
  })
}

t.test('any text gives a census that is written back the same, or CENSUS_INVALID', async () => {
  const outcome = (candidate: string) => {
    try {
      formatCensus(parseCensus(candidate, 'x'))
    } catch (error) {
      if (!(error instanceof FirsteightError) || error.code !== 'CENSUS_INVALID') throw error
    }
  }
  fc.assert(fc.property(fc.string({ unit: 'binary' }), outcome), { numRuns: 500 })
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(8), fc.string(), (at, removed, inserted) =>
      outcome(text.slice(0, at) + inserted + text.slice(at + removed)),
    ),
    { numRuns: 3000 },
  )
})
