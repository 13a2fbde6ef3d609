import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { EXIT } from '../../../core/errors.js'
import { firsteight, jsonLines } from '../../support/command-line.js'
import { foreignParts, htmlFaults } from '../../support/html.js'
import { writeStreamTable } from '../../support/stream-table.js'

const CAPTURE = fileURLToPath(new URL('../../../../lab/captures/demo.pcap', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'firsteight-evaluate-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const table = (name: string, ...rows: string[]) => writeStreamTable(join(folder, name), ...rows)

const CLEAN = table(
  'clean.tsv',
  'udp c2s 86ed010000010000 32 DNS big/a.pcap 90 first',
  'udp s2c 86ed818000010002 70 DNS big/a.pcap 7 first',
  'udp c2s 1234010000010000 32 DNS b.pcap 3 first',
  'tcp c2s 0020 2 DNS b.pcap 1 syn:2',
)
const ATTACK = table(
  'attack.tsv',
  'tcp c2s 5353482d322e302d 100 SSH c.pcap 5 syn:21',
  'tcp s2c 5353482d322e302d 100 SSH c.pcap 5 syn:21',
  'udp c2s 4321010000010000 50 NetBIOS-NS d.pcap 2 first',
  'udp c2s 474554202f204854 50 HTTP d.pcap 4 first',
  'tcp c2s 1603010200010001 900 TLS d.pcap 1 mid:900',
)
const OTHER = table('other.tsv', 'udp c2s 1234280000010000 60 UPDATE e.pcap 2 first')

interface Line {
  summary?: Record<string, Record<string, unknown>>
  miss?: Record<string, unknown>
  figures?: Record<string, unknown>
  input?: Record<string, unknown>
  other?: Record<string, unknown>
  error?: Record<string, unknown>
}
const linesOf = (stdout: string): Line[] => jsonLines(stdout)

t.test('small tables: every figure as worked out by hand', async (t) => {
  const { stdout, exitCode } = await firsteight([
    'evaluate',
    '--clean',
    CLEAN,
    '--attack',
    ATTACK,
    '--other',
    OTHER,
    '--json',
  ])
  t.equal(exitCode, EXIT.OK)
  const lines = linesOf(stdout)
  const { summary } = lines.at(-1)!
  const figures = {
    cleanStreams: 100,
    falseAlarms: 0,
    falseEscalations: 0,
    attackStreams: 16,
    missed: 2,
    missedSameAsClean: 2,
  }
  for (const detector of ['model', 'looseRule', 'tunedRule']) t.match(summary![detector], figures, detector)
  t.match(summary!.tunedRule, { escalated: 0 })
  t.match(summary!.model!.contexts, {
    'udp-query': { cleanStreams: 93, attackStreams: 6, missed: 2, missedSameAsClean: 2 },
    'udp-response': { cleanStreams: 7, attackStreams: 0 },
    'tcp-query': { cleanStreams: 0, attackStreams: 5, missed: 0 },
    'tcp-response': { attackStreams: 5, missed: 0 },
  })
  t.notOk('nDPI' in summary!, 'tables are nothing for nDPI')
  const misses = lines.flatMap((line) => (line.miss?.detector === 'model' ? [line.miss] : []))
  t.match(misses, [{ label: 'NetBIOS-NS', example: '4321010000010000', count: 2, sameAsClean: true }])
  t.match(lines.find((line) => line.input?.streamClass === 'clean')!.input, {
    short: 1,
    streams: 100,
    captures: 2,
  })
  t.match(lines.find((line) => line.input?.streamClass === 'attack')!.input, { midstream: 1 })
  t.match(lines.find((line) => line.other)!.other, { label: 'UPDATE', streams: 2, escalated: 0 })
  const views = lines.flatMap((line) => (line.figures?.detector === 'model' ? [line.figures] : []))
  t.match(views, [
    { excluded: null, cleanStreams: 100 },
    { excluded: 'big', cleanStreams: 3, attackStreams: 16 },
  ])
})

t.test('as tables for people, within the width of a terminal', async (t) => {
  const { stdout, stderr, exitCode } = await firsteight(['evaluate', '--clean', CLEAN, '--attack', ATTACK])
  t.equal(exitCode, EXIT.OK)
  t.match(stdout, /^model +100 +0 +0\.0 /m)
  t.match(stdout, /^tuned rule +16 +2 +2 +87\.50% /m)
  t.match(stdout, 'All streams, without captures under big')
  t.match(stdout, /^udp-query +4321010000010000 +NetBIOS-NS +2 +1 .*as clean$/m)
  t.match(stderr, `reading ${ATTACK}`)
  const after = stdout.slice(stdout.indexOf('All streams'))
  t.ok(after.split('\n').every((line) => line.length <= 110))
})

t.test('the recorded office: a capture that its table of flows shares out', async (t) => {
  const { stdout } = await firsteight(['evaluate', '--clean', CAPTURE, '--attack', CAPTURE, '--json'])
  const lines = linesOf(stdout)
  const { model, tunedRule } = lines.at(-1)!.summary!
  t.match(model, { falseAlarms: 0, missed: 0 })
  t.match(tunedRule, { falseAlarms: 0, missed: 0 })
  const score = await firsteight(['score', CAPTURE, '--every', '--limit', '0', '--json'])
  const scored = linesOf(score.stdout).at(-1)!.summary as unknown as Record<string, number>
  const evaluated = Number(model!.cleanStreams) + Number(model!.attackStreams)
  const contexts = Object.values(scored.contexts as unknown as Record<string, { streams: number }>)
  t.equal(
    evaluated,
    contexts.reduce((sum, context) => sum + context.streams, 0),
    'every stream that the agent scores',
  )
})

t.test('--html writes one page, whole or not at all', async (t) => {
  const page = join(folder, 'report.html')
  const args = ['evaluate', '--clean', CLEAN, '--attack', ATTACK, '--html']
  t.equal((await firsteight([...args, page])).exitCode, EXIT.OK)
  const html = readFileSync(page, 'utf8')
  t.same(htmlFaults(html), [])
  t.same(foreignParts(html), [])
  t.match(html, '<td>87.50%</td>')
  const { exitCode, stderr } = await firsteight([...args, join(folder, 'nowhere', 'report.html')])
  t.equal(exitCode, EXIT.INPUT)
  t.match(stderr, 'error [FILE_UNWRITABLE]')
})

async function refuses(t: Test, args: string[], message: RegExp): Promise<void> {
  const { exitCode, stdout } = await firsteight(['evaluate', ...args, '--json'])
  t.equal(exitCode, EXIT.INPUT)
  const { error } = linesOf(stdout).at(-1)!
  t.equal(error!.code, 'EVALUATION_INVALID')
  t.match(error!.message, message)
  t.ok(error!.hint)
}

t.test('bad input is refused with file and line', async (t) => {
  const empty = join(folder, 'empty.tsv')
  writeFileSync(empty, '')
  await refuses(t, ['--clean', empty, '--attack', ATTACK], /empty\.tsv: the file is empty/)
  const columns = join(folder, 'columns.tsv')
  writeFileSync(columns, 'transport\tbytes\nudp\t00\n')
  await refuses(
    t,
    ['--clean', columns, '--attack', ATTACK],
    /columns\.tsv: line 1: expected the column names/,
  )
  const cut = join(folder, 'cut.tsv')
  writeFileSync(cut, readFileSync(CLEAN, 'utf8').slice(0, -7))
  await refuses(t, ['--clean', cut, '--attack', ATTACK], /cut\.tsv: line 5: .*cut off/)
  const none = table('none.tsv')
  await refuses(t, ['--clean', none, '--attack', ATTACK], /none\.tsv: line 2: expected at least one row/)
  const short = table('short.tsv', 'udp c2s 0020 2 x b.pcap 1 first')
  await refuses(t, ['--clean', CLEAN, '--attack', short], /short\.tsv: no attack stream of eight bytes/)
  const dns = table('dns.tsv', 'udp c2s 4321010000010000 50 DNS d.pcap 2 first')
  await refuses(t, ['--clean', CLEAN, '--attack', dns], /dns\.tsv: line 2: label: DNS among attacks/)
  const ssh = table(
    'ssh.tsv',
    'udp c2s 4321010000010000 50 DNS d.pcap 2 first',
    'udp c2s 4321010000010000 50 SSH d.pcap 2 first',
  )
  await refuses(
    t,
    ['--clean', ssh, '--attack', ATTACK],
    /attack\.tsv: line 2: label SSH is attack here and clean in .*ssh\.tsv line 3/,
  )
  await refuses(t, ['--clean', CLEAN, CLEAN, '--attack', ATTACK], /clean\.tsv: the same content as/)
  const both = join(folder, 'both.pcap')
  writeFileSync(both, readFileSync(CAPTURE))
  await refuses(t, ['--clean', both, '--attack', both], /both\.pcap: given as clean and as attack/)
  await refuses(
    t,
    ['--clean', CLEAN, '--attack', ATTACK, '--exclude-capture', 'nobody'],
    /no capture's name begins with nobody/,
  )
})

t.test('both classes have to be given', async (t) => {
  const { exitCode } = await firsteight(['evaluate', '--clean', CLEAN])
  t.equal(exitCode, EXIT.USAGE)
})
