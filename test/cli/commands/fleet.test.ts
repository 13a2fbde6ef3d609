import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseCensus } from '../../../lab/census/read-census.js'
import { firsteight, jsonLines } from '../../support/command-line.js'
import { datagramCapture } from '../../support/datagram-capture.js'
import { until } from '../../support/link.js'
import { Mosquitto } from '../../support/mosquitto.js'
import { requires } from '../../support/requires.js'
import { RunningCommand } from '../../support/running-command.js'

type Shown = ReturnType<typeof firsteight>

const MOSQUITTO = requires({ programs: ['mosquitto'] })

/** Queries and answers whose patterns are the most frequent of the recorded clean traffic, with random ids. */
function cleanCapture(streams: number): Buffer {
  const rows = parseCensus(readFileSync('lab/census/clean.census.tsv', 'utf8'), 'clean').rows
  const most = (context: string) =>
    rows.filter((row) => row.context === context).sort((a, b) => b.count - a.count)[0]!.pattern
  const payloads = Array.from({ length: 2 * streams }, (_, index) => {
    const payload = Buffer.alloc(40)
    payload.write(most(index % 2 === 0 ? 'udp-query' : 'udp-response'), 'hex')
    payload.writeUInt16BE((index * 40503) & 0xffff, 0)
    return payload
  })
  const ports = (index: number): [number, number] =>
    index % 2 === 0 ? [20_000 + index, 53] : [53, 20_000 + index - 1]
  return datagramCapture(payloads, ports)
}

t.test('a fleet is seen, and its census fits a model to the site', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start()
  t.teardown(() => broker.remove())
  const folder = t.testdir({
    'agent.yaml': [
      'site: branch-17',
      'node: gate',
      `broker: { url: "${broker.url}" }`,
      'capture: { kind: stream, command: [sh, -c, "cat clean.pcap; exec sleep 600"] }',
      'metrics: { intervalSeconds: 1 }',
      'census: { intervalSeconds: 1 }',
    ].join('\n'),
  })
  const capture = join(folder, 'clean.pcap')
  writeFileSync(capture, cleanCapture(150))
  const config = join(folder, 'agent.yaml')
  writeFileSync(config, readFileSync(config, 'utf8').replace('clean.pcap', capture))
  const at = ['--broker', broker.url]

  const watch = new RunningCommand(t, ['fleet', 'watch', 'branch-17', ...at, '--json'])
  const agent = new RunningCommand(t, ['run', '--config', config])
  await watch.says('"ONLINE"')

  let facts: Record<string, unknown> = {}
  await until('the metrics tell that orders arrive', () => {
    const online = watch.objects().some(({ type, alarm }) => type === 'cleared' && alarm === 'orders-unheard')
    return online || !watch.objects().some(({ type }) => type === 'alarm')
  })
  for (let attempt = 0; attempt < 30 && typeof facts.metricsAge !== 'number'; attempt++) {
    const { stdout, exitCode, stderr } = await firsteight(['fleet', 'ls', ...at, '--json'])
    t.equal(exitCode, 0, stderr)
    facts = jsonLines(stdout)[0]
  }
  t.match(facts, {
    ...{ site: 'branch-17', node: 'gate', state: 'ONLINE', capture: 'stream', captureDropped: 'unknown' },
    ...{ modelId: /^[0-9a-f]{64}$/, agentVersion: /^[0-9]/, since: /^20/, metricsAge: Number },
  })
  const [table, none, shown, shownJson] = await Promise.all(
    [
      ['ls', 'branch-17'],
      ['ls', 'branch-18'],
      ['show', 'branch-17/gate'],
      ['show', 'branch-17/gate', '--json'],
    ].map((args) => firsteight(['fleet', ...args, ...at])) as [Shown, Shown, Shown, Shown],
  )
  t.match(table.stdout, /^SITE {7}NODE {2}STATE {3}SINCE \(UTC\) .*METRICS.*DROPS.*WAITING.*ALARMS\n/)
  t.match(table.stdout, /\nbranch-17 {2}gate {2}ONLINE {2}20.*unknown/)
  t.match(table.stdout, /\n1 agents, 1 online\n$/)
  t.equal(none.stdout, '0 agents\n')

  const file = join(folder, 'branch.census.tsv')
  let taken = await firsteight(['fleet', 'census', 'branch-17', ...at, '--out', file])
  for (let attempt = 0; attempt < 30 && taken.exitCode !== 0; attempt++)
    taken = await firsteight(['fleet', 'census', 'branch-17', ...at, '--out', file])
  t.equal(taken.exitCode, 0, taken.stderr)
  t.match(taken.stdout, /udp-query {5}150 streams, 1 patterns\n/)
  const model = join(folder, 'branch.model')
  const calibrated = await firsteight(['calibrate', '--census', file, '--out', model, '--json'])
  t.equal(calibrated.exitCode, 0, calibrated.stderr)
  t.match(jsonLines(calibrated.stdout), [
    { context: 'udp-query', streams: 150, outcome: 'refitted' },
    { context: 'udp-response', streams: 150, outcome: 'refitted' },
  ])

  t.match(shown.stdout, /^agent {6}branch-17\/gate, version /)
  t.match(shown.stdout, /\nstate {6}ONLINE since 20/)
  t.match(shown.stdout, /\nmemoHits +\d+ +[\d.e-]+\/s +scores\n/)
  t.match(shown.stdout, /\ncaptureDropped +unknown +packets\n/)
  const json = jsonLines(shownJson.stdout)[0]
  t.match(json.summary, {
    status: { state: 'ONLINE' },
    metrics: { metrics: { streams: { 'udp-query': Number }, captureDropped: 'unknown' } },
  })

  agent.process.kill('SIGKILL')
  await watch.says('"OFFLINE"')
  t.equal(await watch.stop(), 0)
  t.match(watch.objects().at(-1), { summary: { statusChanges: 2, missing: 0, invalid: 0 } })
  const gone = jsonLines((await firsteight(['fleet', 'ls', ...at, '--json'])).stdout)
  t.match(gone, [{ state: 'OFFLINE', since: null, lastSeen: /^20/, alarms: [] }, { summary: { agents: 1 } }])
})

t.test('what cannot be shown is said, with its exit code', MOSQUITTO, async (t) => {
  const broker = await Mosquitto.start()
  t.teardown(() => broker.remove())
  const at = ['--broker', broker.url]
  const out = join(t.testdir(), 'x')
  const cases: [args: string[], exitCode: number, text: RegExp][] = [
    [['show', 'a/b', ...at], 4, /AGENT_UNKNOWN.*no agent a\/b/],
    [['show', 'a', ...at], 2, /expected one agent/],
    [['ls', 'a/b/c', ...at], 3, /TOPIC_INVALID/],
    [['ls', '--broker', 'mqtt://127.0.0.1:1'], 7, /BROKER_UNREACHABLE/],
    [['census', 'all', '--out', out, ...at], 4, /TRAINING_DATA.*no agent of all has published a census/],
    [['census', 'all', ...at], 2, /--out/],
    [['watch', '--timeout', '0', ...at], 2, /above 0/],
  ]
  const results = await Promise.all(cases.map(([args]) => firsteight(['fleet', ...args])))
  for (const [index, [args, exitCode, text]] of cases.entries()) {
    t.equal(results[index]!.exitCode, exitCode, args.join(' '))
    t.match(results[index]!.stderr, text)
  }
})
