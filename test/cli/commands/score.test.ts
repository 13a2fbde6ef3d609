import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { firsteight, jsonLines } from '../../support/command-line.js'

const DEMO = fileURLToPath(new URL('../../../../lab/captures/demo.pcap', import.meta.url))
const CORPUS = fileURLToPath(new URL('../../../../../shared/corpus/', import.meta.url))

interface Summary {
  packets: number
  streams: number
  anomalies: number
  short: number
  midstream: number
  undecoded: Record<string, number>
  contexts: Record<string, { streams: number; anomalies: number; short: number }>
  otherPorts: number
  udpDatagrams: number
  tcpSegments: number
  tcpOpened: number
  tcpEmpty: number
  tcpIncomplete: number
}

async function score(
  t: Test,
  ...args: string[]
): Promise<{ streams: Record<string, unknown>[]; summary: Summary }> {
  const { exitCode, stdout, stderr } = await firsteight(['score', ...args, '--json'])
  t.equal(exitCode, 0, stderr)
  const lines = jsonLines(stdout)
  const { summary } = lines.pop()
  return { streams: lines, summary }
}

/** No packet and no stream unaccounted. */
function accounts(t: Test, summary: Summary): void {
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
  const undecoded = sum(Object.values(summary.undecoded))
  t.equal(summary.packets, undecoded + summary.otherPorts + summary.udpDatagrams + summary.tcpSegments)
  const outcomes = (transport: string) =>
    sum(
      Object.entries(summary.contexts)
        .filter(([name]) => name.startsWith(transport))
        .map(([, { streams, short }]) => streams + short),
    )
  t.equal(summary.udpDatagrams, outcomes('udp'))
  t.equal(summary.tcpOpened, outcomes('tcp') + summary.tcpEmpty + summary.tcpIncomplete)
  t.equal(summary.streams, sum(Object.values(summary.contexts).map(({ streams }) => streams)))
  t.equal(summary.anomalies, sum(Object.values(summary.contexts).map(({ anomalies }) => anomalies)))
}

t.test('the demo capture: all that is not DNS, none that is', async (t) => {
  const { streams, summary } = await score(t, DEMO)
  accounts(t, summary)
  t.equal(streams.length, summary.anomalies + summary.short)
  const clean = streams.filter(({ clientAddress }) =>
    /^(192\.0\.2\.1[0-3]|2001:db8:1::10)$/.test(String(clientAddress)),
  )
  t.same(clean, [], 'no DNS stream is flagged')
  const flagged = new Set(streams.map(({ clientAddress }) => clientAddress))
  t.same([...flagged].sort(), [
    '192.0.2.21',
    '192.0.2.22',
    '192.0.2.23',
    '192.0.2.24',
    '192.0.2.25',
    '192.0.2.26',
  ])
})

t.test('scalar and vector kernels print the same', async (t) => {
  const scalar = await score(t, DEMO, '--kernel', 'scalar')
  const best = await score(t, DEMO)
  t.same(scalar.streams, best.streams)
})

t.test('every stream can be had', async (t) => {
  const { streams, summary } = await score(t, DEMO, '--every')
  t.equal(streams.length, summary.streams + summary.short)
})

t.test('other server ports', async (t) => {
  const { streams, summary } = await score(t, DEMO, '--ports', '5353,54')
  t.same(streams, [])
  t.equal(summary.otherPorts, summary.packets)
})

t.test('text for people ends with the counts', async (t) => {
  const { stdout } = await firsteight(['score', DEMO, '--limit', '3'])
  t.match(stdout, /SSH|OpenVPN|TLS/)
  t.match(stdout, /and \d+ more streams/)
  t.match(stdout, /udp-query +\d+ +\d+ +\d+/)
})

for (const capture of ['dns-clean.pcap', 'nondns-on-53.pcap']) {
  const path = `${CORPUS}${capture}`
  t.test(
    `${capture}: every packet accounted`,
    existsSync(path) ? {} : { skip: 'evaluation captures not here' },
    async (t) => {
      const { summary } = await score(t, path)
      accounts(t, summary)
      t.ok(summary.packets > 10_000)
    },
  )
}

t.test('a capture that never began has no table; one that broke off has', async (t) => {
  const capture = await readFile(DEMO)
  const folder = t.testdir({
    empty: '',
    'text.pcap': 'no capture at all, only text',
    cut: capture.subarray(0, -3),
  })
  for (const [file, code] of [
    ['missing.pcap', 'FILE_UNREADABLE'],
    ['empty', 'CAPTURE_FILE_FORMAT'],
    ['text.pcap', 'CAPTURE_FILE_FORMAT'],
    ['', 'FILE_UNREADABLE'],
  ] as const) {
    const { exitCode, stdout, stderr } = await firsteight(['score', join(folder, file)])
    t.equal(exitCode, 4, file)
    t.equal(stdout, '')
    t.match(stderr, new RegExp(`^error \\[${code}\\]: cannot read`))
  }
  const { exitCode, stdout, stderr } = await firsteight(['score', join(folder, 'cut')])
  t.equal(exitCode, 4)
  t.match(stdout, /udp-query +[1-9]/)
  t.match(stderr, /^error \[CAPTURE_FILE_TRUNCATED\]/)
})

t.test('bad options are usage errors', async (t) => {
  for (const args of [['--ports', '0'], ['--ports', 'dns'], ['--kernel', 'fast'], ['--limit', '-1'], []]) {
    const { exitCode } = await firsteight(args.length > 0 ? ['score', DEMO, ...args] : ['score'])
    t.equal(exitCode, 2, args.join(' '))
  }
})
