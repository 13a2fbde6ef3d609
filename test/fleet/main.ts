import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import mqtt from 'mqtt'
import { textTable } from '../../cli/text-table.js'
import type { ModelFile } from '../../core/model-file.js'
import { decodeModelReport, type ModelReport } from '../../core/model-report.js'
import { readVerifyingKey } from '../../core/signature/keys.js'
import { ROLES } from '../../core/signature/payload-types.js'
import { firsteight as generated } from '../../generated/messages.js'
import { BROKER, brokerName, SEED_VARIABLE, startBroker } from '../support/brokers.js'
import { firsteight, MAIN } from '../support/command-line.js'
import { sessionOptions, until } from '../support/link.js'
import { enrolledFolder } from '../support/model-agent.js'
import { badModel, goodModel } from '../support/models.js'
import { NodeDeaths } from '../support/node-deaths.js'
import { BrokerCounter, type BrokerCounts } from './broker-counts.js'

/**
 * Many agents, each a process of its own, at one broker: a model goes through shadow and canary to all of them, a bad
 * one is caught. `--quick`: 8 agents instead of 50; `--broker mosquitto|aedes|nats`; `--seed N`: when which node of NATS
 * dies. The table says what each step took; the last line, what is wrong.
 */

const { RolloutState } = generated.v1
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    agents: { type: 'string' },
    broker: { type: 'string', default: BROKER },
    seed: { type: 'string', default: process.env[SEED_VARIABLE] ?? `${Math.floor(Math.random() * 2 ** 32)}` },
  },
})
const AGENTS = Number(values.agents ?? (values.quick ? 8 : 50))
const CANARY = Math.min(5, Math.ceil(AGENTS / 2))
const INTERVAL_SECONDS = values.quick ? 2 : 5
const PATIENCE_SECONDS = 300
const BOUNDS = [
  ...['--minimum-streams', '100', '--shadow-seconds', '3', '--watch-intervals', '2'],
  ...['--deadline-seconds', '250', '--wait-minutes', '5'],
]

const folder = mkdtempSync(join(tmpdir(), 'firsteight-fleet-'))
const broker = await startBroker(brokerName(values.broker), { countsEverySeconds: 1 })
const unrest = broker.cluster && NodeDeaths.begin(broker.cluster, Number(values.seed), note)
const children: ChildProcess[] = []
const faults: string[] = []
const rows: string[][] = []
/** Last and all reports by node. */
const reports = new Map<string, ModelReport[]>()

try {
  await run()
} finally {
  for (const child of children) child.kill('SIGKILL')
  await unrest?.end()
  await broker.remove()
  rmSync(folder, { recursive: true, force: true })
}
console.log(
  textTable({
    heading: ['step', 'seconds', 'packets in', 'packets out', 'KB in', 'KB out', 'outcome'],
    left: [0, 6],
    rows,
  }),
)
if (unrest) {
  console.log(`${unrest.deaths} nodes died and came back, seed ${values.seed}`)
  expect('a node died', unrest.deaths > 0)
}
console.log(
  faults.length === 0
    ? `${AGENTS} agents at ${broker.name}: all as it should be`
    : `WRONG: ${faults.join('; ')}`,
)
process.exitCode = faults.length === 0 ? 0 : 1

async function run(): Promise<void> {
  const made = await firsteight(['keygen', join(folder, 'ops')])
  if (made.exitCode !== 0) throw new Error(made.stderr)
  const trusted = { key: await readVerifyingKey(join(folder, 'ops.pub')), name: 'ops', roles: ROLES }
  // Only Mosquitto counts what it passes on.
  const counter = broker.mosquitto && (await BrokerCounter.connect(broker.url))
  const watcher = await mqtt.connectAsync(sessionOptions(broker))
  watcher.on('error', () => {})
  watcher.on('message', (topic, payload) => {
    const name = topic.split('/').slice(2, 4).join('/')
    reports.set(name, [...(reports.get(name) ?? []), decodeModelReport(payload)])
  })
  await watcher.subscribeAsync('firsteight/v1/+/+/model/reported', { qos: 1 })

  await step('start', counter, async () => {
    for (let index = 0; index < AGENTS; index++) {
      const settings = enrolledFolder(join(folder, `agent-${index}`), [{ trusted }], {
        broker: broker.settings,
        site: `branch-${index % 5}`,
        node: `edge-${index}`,
        intervalSeconds: INTERVAL_SECONDS,
        pauseSeconds: 1,
      })
      const log = openSync(join(folder, `agent-${index}.log`), 'a')
      children.push(
        spawn(process.execPath, [MAIN, 'run', '--config', settings], { stdio: ['ignore', log, log] }),
      )
    }
    await until('all agents report', () => reports.size === AGENTS, PATIENCE_SECONDS)
    return `${AGENTS} agents report`
  })

  const good = goodModel(2)
  await step('good model, shadow', counter, async () => {
    await rollOut(good, ['--until', 'shadow'], 0)
    expect('no agent runs a model in shadow', running(good) === 0)
    return `${inState('SUCCEEDED')} compared it`
  })
  await step(`good model, canary of ${CANARY}`, counter, async () => {
    await rollOut(good, ['--from', 'canary', '--until', 'canary', '--canary-agents', `${CANARY}`], 0)
    expect(`${CANARY} agents run it`, isCanary(running(good)))
    return `${running(good)} run it`
  })

  const bad = badModel(3)
  await step('bad model, shadow', counter, async () => {
    await rollOut(bad, ['--until', 'shadow'], 8)
    await until('every agent has refused it', () => inState('REJECTED') === AGENTS, PATIENCE_SECONDS)
    expect('no agent ran it', everRan(bad) === 0)
    return `${inState('REJECTED')} refused it, ${everRan(bad)} ran it`
  })
  await step(`bad model, forced on ${CANARY}`, counter, async () => {
    await rollOut(
      bad,
      ['--from', 'canary', '--until', 'canary', '--canary-agents', `${CANARY}`, '--force'],
      8,
    )
    await until(
      'those agents are back',
      () => inState('FAILED') >= CANARY && running(bad) === 0,
      PATIENCE_SECONDS,
    )
    const intervals = [...reports.values()]
      .map((all) => all.at(-1)!)
      .filter(({ rollout }) => rollout?.state === RolloutState.FAILED)
      .map(({ rollout }) => rollout!.watch!.intervals)
    expect('no agent runs it', running(bad) === 0)
    expect(`${CANARY} agents ran it`, isCanary(everRan(bad)))
    expect('back within two metric intervals', Math.max(...intervals) <= 2)
    return `${everRan(bad)} ran it, all back after ${Math.max(...intervals)} metric intervals at most`
  })

  const better = goodModel(4)
  await step('good model, all', counter, async () => {
    await rollOut(better, ['--from', 'all'], 0)
    expect('every agent runs it', running(better) === AGENTS)
    return `${running(better)} run it`
  })
  await step('stop', counter, async () => {
    const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)))
    for (const child of children) child.kill('SIGINT')
    const codes = await Promise.all(ended)
    expect(
      'every agent ends in order',
      codes.every((code) => code === 0),
    )
    return `${codes.filter((code) => code === 0).length} ended in order`
  })
  await counter?.close()
  await watcher.endAsync(true)
}

async function step(
  name: string,
  counter: BrokerCounter | undefined,
  work: () => Promise<string>,
): Promise<void> {
  note(name)
  const [before, started] = [await counter?.now(), performance.now()]
  const outcome = await work()
  const seconds = (performance.now() - started) / 1000
  const after = await counter?.now()
  const passed = (count: keyof BrokerCounts, unit = 1) =>
    before && after ? `${Math.round((after[count] - before[count]) / unit)}` : '-'
  rows.push([
    name,
    seconds.toFixed(1),
    passed('packetsReceived'),
    passed('packetsSent'),
    passed('bytesReceived', 1000),
    passed('bytesSent', 1000),
    outcome,
  ])
}

function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** As an operator does it. */
async function rollOut(file: ModelFile, options: string[], exitCode: number): Promise<void> {
  const path = join(folder, `${file.id}.model`)
  writeFileSync(path, file.bytes)
  const signing = ['--sign-with', join(folder, 'ops.key'), '--target', 'all', ...broker.flags]
  const args = ['model', 'rollout', path, ...signing, ...BOUNDS, ...options, '--json']
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
  children.push(child)
  const code = await new Promise((resolve) => child.once('exit', resolve))
  children.splice(children.indexOf(child), 1)
  expect(`model rollout ${options.join(' ')} ends with ${exitCode}`, code === exitCode)
}

function expect(what: string, holds: boolean): void {
  if (!holds) faults.push(`not so: ${what}`)
}

/** Agents that run a model by their last report. */
function running({ id }: ModelFile): number {
  return [...reports.values()].filter((all) => all.at(-1)!.active.id === id).length
}

/** The share is that of the agents online at the time: one that a death has just cut off may be chosen beside them. */
function isCanary(agents: number): boolean {
  return unrest ? agents >= CANARY && agents < AGENTS : agents === CANARY
}

function everRan({ id }: ModelFile): number {
  return [...reports.values()].filter((all) => all.some(({ active }) => active.id === id)).length
}

function inState(state: keyof typeof RolloutState): number {
  return [...reports.values()].filter((all) => all.at(-1)!.rollout?.state === RolloutState[state]).length
}
