import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { loadConfig } from '../../agent/config.js'
import { Random } from '../../bench/traffic/random.js'
import { BROKER_NAMES, BROKER_VARIABLE, brokerName, SEED_VARIABLE } from '../support/brokers.js'
import { Mosquitto } from '../support/mosquitto.js'
import type { TcpProxy } from '../support/tcp-proxy.js'
import { agentKills } from './agent-kills.js'
import { FaultBroker, VARIANTS } from './broker.js'
import { flood } from './flood.js'
import { FaultReceiver } from './receiver.js'
import { FaultRun, type Outcome } from './run.js'

// npm run test:faults -- [--quick] [--seed N] [--only outage,links,drain,nodes,agent,flood] [--broker mosquitto,aedes,nats]
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    seed: { type: 'string' },
    only: { type: 'string' },
    broker: { type: 'string' },
  },
})
const quick = values.quick ?? false
const seed = Number(values.seed ?? process.env[SEED_VARIABLE] ?? Math.floor(Math.random() * 2 ** 32))
const random = new Random(seed)
const only = values.only?.split(',')
const brokers = (values.broker ?? process.env[BROKER_VARIABLE])?.split(',').map(brokerName) ?? BROKER_NAMES
const began = performance.now()
const of = (full: number, small: number) => (quick ? small : full)
const failures: string[] = []
let accepted = 0
let lost = 0

console.log(`again with: npm run test:faults --${quick ? ' --quick' : ''} --seed ${seed}`)

function told(name: string, outcome: Omit<Outcome, 'memory'> & Partial<Outcome>, more = ''): void {
  const { arrived, repeats, changed, kills, memory } = outcome
  accepted += outcome.accepted
  lost += outcome.lost
  if (outcome.lost > 0) failures.push(`${name}: ${outcome.lost} lost`)
  if (changed > 0) failures.push(`${name}: ${changed} event ids changed`)
  if (memory?.complaint) failures.push(`${name}: ${memory.complaint}`)
  const numbers = [outcome.accepted, arrived, outcome.lost, repeats, changed, kills]
  const { first, median, highest } = memory?.figures ?? {}
  const seconds = Math.round((performance.now() - began) / 1000)
  console.log(
    `${name.padEnd(52)}${[...numbers, first, median, highest].map((value) => String(value ?? '').padStart(9)).join('')}  ${more} [${seconds} s]`,
  )
}

/** Milliseconds, up to this many. */
const anyTime = (limit: number) => sleep(20 + random.below(limit))

/** The broker is down while alerts are offered; writers are killed at any moment; then it comes, goes and comes. */
async function outage(broker: FaultBroker): Promise<void> {
  // Three nodes on one disk take fewer, and need seconds to find each other.
  const isCluster = broker.cluster !== undefined
  const isFirst = broker.variant === VARIANTS[0]
  const alerts = isCluster ? of(20_000, 1000) : of(isFirst ? 100_000 : 30_000, 6000)
  const [kills, restarts] = isCluster ? [of(20, 2), of(4, 1)] : [of(50, 6), of(20, 3)]
  const receiver = await FaultReceiver.connect(broker.urls, broker.protocolVersion)
  const run = new FaultRun(broker.settings, receiver)
  try {
    await broker.down()
    const killsWhileDown = Math.floor(kills / 2)
    const each = Math.ceil(alerts / (killsWhileDown + 1))
    for (let kill = 0; kill < killsWhileDown; kill++) {
      await run.start(each)
      // Some die in the middle of offering, some at their start, some when all is written.
      while (run.report === undefined) await sleep(10)
      await anyTime(of(700, 300))
      await run.kill()
    }
    // Whatever the killed ones have left is offered now.
    const rest = Math.max(each, alerts - run.accepted)
    await run.start(rest)
    await run.offered(rest)
    const waiting = run.report!.queued
    for (let fault = 0; fault < Math.max(restarts, kills - killsWhileDown); fault++) {
      if (fault < restarts) await broker.up()
      await anyTime(600)
      if (fault < kills - killsWhileDown) {
        await run.kill()
        await run.start(of(200, 50))
        await anyTime(1000)
      }
      if (fault < restarts - 1) await broker.down()
    }
    await run.drained()
    told(`outage, kills (${broker.label})`, await run.finish(), `${waiting} waited, ${restarts} restarts`)
  } finally {
    await run.abandon()
    await receiver.end()
  }
}

/** A whole agent is killed at any moment while the broker comes and goes. */
async function agent(): Promise<void> {
  const broker = await Mosquitto.start({ persistent: true })
  try {
    const outcome = await agentKills(broker, random, { kills: of(50, 5) })
    const more = `${outcome.found} found in the spool, ${outcome.restarts} restarts`
    told('whole agent, kills, restarts', outcome, more)
    if (outcome.found === 0) failures.push('whole agent: nothing waited when it was killed')
  } finally {
    await broker.remove()
  }
}

/** Poor links, one kind after the other, with alerts coming in all the time. */
async function links(broker: FaultBroker): Promise<void> {
  const faults: Record<string, (link: TcpProxy) => void> = {
    cut: (link) => link.cut(),
    stalled: (link) => link.stall(),
    'half-closed to the agent': (link) => link.halfClose('inward'),
    'half-closed to the broker': (link) => link.halfClose('outward'),
    '500 ms, 64 kbit/s, resets': (link) => random.chance(0.5) && link.cut(),
  }
  for (const [name, fault] of Object.entries(faults)) {
    // The small form tries what takes long on one broker only.
    const isLong = name === 'stalled' || name.startsWith('500')
    if (quick && isLong && broker.variant !== VARIANTS[0]) continue
    const slow = name.startsWith('500')
    const receiver = await FaultReceiver.connect(broker.urls, broker.protocolVersion)
    const run = new FaultRun(broker.settings, receiver)
    broker.links((link) =>
      link.throttle(slow ? { delayMilliseconds: 500, bitsPerSecond: 64_000 } : undefined),
    )
    const count = slow ? of(300, 40) : of(2000, 200)
    const times = name === 'stalled' ? of(4, 1) : of(10, 3)
    try {
      await run.start(count, { perSecond: slow ? 5 : of(200, 100) })
      for (let time = 0; time < times; time++) {
        await anyTime(slow ? 6000 : 1000)
        broker.links(fault)
      }
      await run.offered(count)
      await run.drained()
      told(`link ${name} (${broker.label})`, await run.finish(), `${times} times`)
    } finally {
      broker.links((link) => link.throttle(undefined))
      await run.abandon()
      await receiver.end()
    }
  }
}

/** A long backlog drains at its pace while new alerts come in. */
async function drain(broker: FaultBroker): Promise<void> {
  const backlog = of(20_000, 3000)
  const live = of(200, 40)
  const receiver = await FaultReceiver.connect(broker.urls, broker.protocolVersion)
  const run = new FaultRun(broker.settings, receiver)
  try {
    await broker.down()
    await run.start(backlog)
    await run.offered(backlog)
    await run.kill()
    await broker.up()
    receiver.measureFrom(run.next)
    await run.start(live, { perSecond: 10, backlogPerSecond: 500, whenConnected: true })
    await run.offered(live)
    const left = run.report!.queued
    await run.drained()
    const { median, high, longest } = receiver.latency!
    const latency = `live alerts: median ${median} ms, 99% ${high} ms, longest ${longest} ms; ${left} of ${backlog} still waited after the last`
    told(`drain beside live (${broker.label})`, await run.finish(), latency)
  } finally {
    await run.abandon()
    await receiver.end()
  }
}

/** A cluster of which each node dies in turn and comes back. */
async function nodes(broker: FaultBroker): Promise<void> {
  const { cluster } = broker
  if (!cluster) return
  const receiver = await FaultReceiver.connect([...broker.urls].reverse(), broker.protocolVersion)
  const run = new FaultRun(broker.settings, receiver)
  try {
    await run.start(of(3000, 500), { perSecond: 100 })
    const deaths = of(3, 1)
    for (let death = 0; death < deaths; death++) {
      await sleep(1500 + random.below(1000))
      await cluster.killNode(death)
      console.log(`node ${death} killed`)
      await sleep(of(6000, 1000))
      cluster.startNode(death)
      await sleep(of(6000, 0))
      if (!quick) {
        await run.kill()
        await run.start(100)
      }
    }
    await run.drained()
    told(`a node killed (${broker.label})`, await run.finish(), `${deaths} of 3 nodes died in turn`)
  } finally {
    await run.abandon()
    await receiver.end()
  }
}

/** Alerts a minute, by default. */
const CAP = loadConfig({ environment: {}, flags: [] }).alerts.capPerMinute

/** From capture to arrival of another host's alert during a flood. */
const SLOWEST_MILLISECONDS = 2000

async function floods(): Promise<void> {
  const broker = await Mosquitto.start()
  try {
    for (const sources of ['one', 'many'] as const) {
      const name = `flood from ${sources === 'one' ? 'one host' : 'made-up hosts'}`
      const outcome = await flood(broker, { perSecond: 200_000, seconds: of(30, 6), sources })
      console.log(name, JSON.stringify(outcome))
      if (outcome.told !== outcome.datagrams)
        failures.push(`${name}: ${outcome.told} of ${outcome.datagrams} told`)
      if (outcome.othersArrived < outcome.others) failures.push(`${name}: other hosts' alerts are missing`)
      if (outcome.slowest > SLOWEST_MILLISECONDS)
        failures.push(`${name}: others waited ${outcome.slowest} ms`)
      if (outcome.alerts > CAP * (1 + Math.ceil(of(30, 6) / 60))) failures.push(`${name}: above the cap`)
    }
  } finally {
    await broker.remove()
  }
}

const scenarios = { outage, links, drain, nodes }
const columns = [
  'accepted',
  'arrived',
  'lost',
  'repeats',
  'changed',
  'kills',
  'MB first',
  'median',
  'highest',
]
console.log(`${''.padEnd(52)}${columns.map((column) => column.padStart(9)).join('')}`)
const attempt = async (name: string, work: () => Promise<void>) => {
  try {
    await work()
  } catch (error) {
    failures.push(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : error}`)
  }
}
for (const variant of VARIANTS.filter(({ name }) => brokers.includes(name))) {
  const chosen = Object.entries(scenarios).filter(([name]) => only?.includes(name) ?? true)
  if (chosen.length === 0) break
  const broker = await FaultBroker.start(variant)
  for (const [name, scenario] of chosen) await attempt(`${name} (${broker.label})`, () => scenario(broker))
  await broker.remove()
}
// These ask nothing more of the broker than that it is there.
for (const [name, scenario] of Object.entries({ agent, flood: floods })) {
  if (only?.includes(name) ?? brokers.includes('mosquitto')) await attempt(name, scenario)
}
for (const failure of failures) console.log(`FAILED: ${failure}`)
console.log(`${accepted} alerts accepted, ${lost} lost, ${failures.length} failures, seed ${seed}`)
process.exit(failures.length > 0 ? 1 : 0)
