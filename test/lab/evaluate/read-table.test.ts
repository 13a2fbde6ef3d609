import t from 'tap'
import { FirsteightError } from '../../../core/errors.js'
import { parseTable } from '../../../lab/evaluate/read-table.js'
import type { StreamClass } from '../../../lab/evaluate/streams.js'
import { streamTable } from '../../support/stream-table.js'

const ROW = 'udp c2s 86ed010000010000 32 DNS a/b.pcap 1 first'

t.test('rows become streams', async (t) => {
  const table = parseTable(
    streamTable(
      'udp c2s 86ED010000010000 32 DNS a/b.pcap 3 first',
      'tcp s2c 002086ed81800001 34 DNS a/c.pcap 1 syn:2',
      'tcp c2s 002086ed01000001 34 DNS a/c.pcap 5 mid:34',
      'udp c2s 86ed01 3 DNS a/b.pcap 4 later',
      'udp s2c - 0 DNS a/b.pcap 2 later'.replace('-', ''),
    ),
    'x.tsv',
    'clean',
  )
  t.same(table.streams, [
    {
      context: 'udp-query',
      firstEight: '86ed010000010000',
      length: 32,
      label: 'DNS',
      capture: 'a/b.pcap',
      flow: 'udp a/b.pcap DNS',
      count: 3,
    },
    {
      context: 'tcp-response',
      firstEight: '002086ed81800001',
      length: 34,
      label: 'DNS',
      capture: 'a/c.pcap',
      flow: 'tcp a/c.pcap DNS',
      count: 1,
    },
  ])
  t.equal(table.short, 6, 'weighted by count')
  t.equal(table.midstream, 5)
  t.same([...table.labels], [['DNS', 2]])
})

function fault(text: string, streamClass: StreamClass = 'clean'): FirsteightError {
  try {
    parseTable(text, 'x.tsv', streamClass)
  } catch (error) {
    if (error instanceof FirsteightError && error.code === 'EVALUATION_INVALID') return error
    throw error
  }
  throw new Error('nothing was thrown')
}

t.test('every bad row is refused with its line and field', async (t) => {
  const bad: [string, RegExp][] = [
    [ROW.replace('udp', 'sctp'), /transport: expected udp or tcp/],
    [ROW.replace('c2s', 'both'), /direction/],
    [ROW.replace('86ed', '86xd'), /first8: expected at most 16 hexadecimal digits/],
    [ROW.replace('86ed0', '86ed'), /first8/],
    [ROW.replace('86ed', '86ed00'), /first8/],
    [ROW.replace(' 32 ', ' NaN '), /length: expected a whole number/],
    [ROW.replace(' 32 ', ' -1 '), /length/],
    [ROW.replace(' 32 ', ' 7 '), /length: expected at least the bytes/],
    [ROW.replace(' 1 first', ' 0 first'), /count: expected a whole number from 1/],
    [ROW.replace(' 1 first', ' -1 first'), /count/],
    [ROW.replace(' 1 first', ' NaN first'), /count/],
    [ROW.replace(' 1 first', ' 1e3 first'), /count/],
    [ROW.replace('first', 'syn:32'), /position: expected first or later with udp/],
    [ROW.replace('udp', 'tcp'), /position: expected syn:N or mid:N with tcp/],
    [ROW.replace('first', 'last'), /position/],
    [ROW.replace('a/b.pcap', 'a\u202eb'), /capture: expected 1 to 512 printable/],
    [ROW.replace(' DNS ', '  '), /label/],
    [ROW.replace(' first', ''), /expected 8 fields between tabs, found 7/],
    [`${ROW} more`, /expected 8 fields between tabs, found 9/],
    ['', /found 1/],
  ]
  for (const [row, expected] of bad) {
    const error = fault(streamTable(ROW, row))
    t.match(error.message, expected, row)
    t.match(error.message, /^x\.tsv: line 3: /)
    t.same(error.details, { file: 'x.tsv', line: 3 })
  }
})

t.test('a wrong heading, a cut line and attacks that are DNS are refused', async (t) => {
  t.match(fault(streamTable(ROW).replace('first8', 'bytes')).message, /line 1: expected the column names/)
  t.match(fault(streamTable(ROW).replace('\tposition', '')).message, /line 1: /)
  t.match(fault(streamTable(ROW).slice(0, -4)).message, /line 2: .*cut off/)
  t.match(fault(streamTable(ROW), 'attack').message, /line 2: label: DNS among attacks/)
  t.match(fault(streamTable(ROW.replace('DNS', 'dns')), 'attack').message, /line 2: label/)
})
