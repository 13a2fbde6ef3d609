import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { loadConfig } from '../../agent/config.js'
import { Random } from '../../bench/traffic/random.js'
import { EmbeddedBroker } from '../../cli/embedded-broker.js'
import { Mosquitto } from '../support/mosquitto.js'
import { NatsCluster } from '../support/nats-cluster.js'
import { TcpProxy } from '../support/tcp-proxy.js'
import { agentKills } from './agent-kills.js'
import { flood } from './flood.js'
import { FaultReceiver } from './receiver.js'
import { FaultRun, type Outcome } from './run.js'

// npm run test:faults -- [--quick] [--seed N] [--only outage,agent,links,drain,aedes,nats,flood]
const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, seed: { type: 'string' }, only: { type: 'string' } },
})
const quick = values.quick ?? false
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32))
const random = new Random(seed)
const only = values.only?.split(',')
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
    `${name.padEnd(34)}${[...numbers, first, median, highest].map((value) => String(value ?? '').padStart(9)).join('')}  ${more} [${seconds} s]`,
  )
}

/** Milliseconds, up to this many. */
const anyTime = (limit: number) => sleep(20 + random.below(limit))

/** The broker is down while alerts are offered; writers are killed at any moment; then it comes, goes and comes. */
async function outage(): Promise<void> {
  const alerts = of(100_000, 6000)
  const [kills, restarts] = [of(50, 6), of(20, 3)]
  const broker = await Mosquitto.start({ persistent: true })
  const receiver = await FaultReceiver.connect([broker.url], 5)
  const run = new FaultRun({ url: broker.url, protocol: '5' }, receiver)
  try {
    await broker.stop()
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
      if (fault < restarts) await broker.start()
      await anyTime(600)
      if (fault < kills - killsWhileDown) {
        await run.kill()
        await run.start(of(200, 50))
        await anyTime(1000)
      }
      if (fault < restarts - 1) await broker.stop()
    }
    await run.drained()
    told('outage, kills, restarts (MQTT 5)', await run.finish(), `${waiting} waited, ${restarts} restarts`)
  } finally {
    await run.abandon()
    await receiver.end()
    await broker.remove()
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
async function links(): Promise<void> {
  const broker = await Mosquitto.start({ persistent: true })
  const proxy = await TcpProxy.start(broker.ports.tcp)
  const faults: Record<string, () => void> = {
    cut: () => proxy.cut(),
    stalled: () => proxy.stall(),
    'half-closed to the agent': () => proxy.halfClose('inward'),
    'half-closed to the broker': () => proxy.halfClose('outward'),
    '500 ms, 64 kbit/s, random resets': () => random.chance(0.5) && proxy.cut(),
  }
  try {
    for (const [name, fault] of Object.entries(faults)) {
      const slow = name.startsWith('500')
      const receiver = await FaultReceiver.connect([broker.url], 5)
      const run = new FaultRun({ url: `mqtt://127.0.0.1:${proxy.port}`, protocol: '5' }, receiver)
      proxy.throttle(slow ? { delayMilliseconds: 500, bitsPerSecond: 64_000 } : undefined)
      const count = slow ? of(300, 40) : of(2000, 200)
      const times = name === 'stalled' ? of(4, 1) : of(10, 3)
      await run.start(count, { perSecond: slow ? 5 : of(200, 100) })
      for (let time = 0; time < times; time++) {
        await anyTime(slow ? 6000 : 1000)
        fault()
      }
      await run.offered(count)
      await run.drained()
      told(`link ${name}`, await run.finish(), `${times} times`)
      await receiver.end()
    }
  } finally {
    await proxy.close()
    await broker.remove()
  }
}

/** A long backlog drains at its pace while new alerts come in. */
async function drain(): Promise<void> {
  const backlog = of(20_000, 3000)
  const live = of(200, 40)
  const broker = await Mosquitto.start({ persistent: true })
  const receiver = await FaultReceiver.connect([broker.url], 5)
  const run = new FaultRun({ url: broker.url, protocol: '5' }, receiver)
  try {
    await broker.stop()
    await run.start(backlog)
    await run.offered(backlog)
    await run.kill()
    await broker.start()
    receiver.measureFrom(run.next)
    await run.start(live, { perSecond: 10, backlogPerSecond: 500, whenConnected: true })
    await run.offered(live)
    const left = run.report!.queued
    await run.drained()
    const { median, high, longest } = receiver.latency!
    const latency = `live alerts: median ${median} ms, 99% ${high} ms, longest ${longest} ms; ${left} of ${backlog} still waited after the last`
    told('drain beside live alerts', await run.finish(), latency)
  } finally {
    await run.abandon()
    await receiver.end()
    await broker.remove()
  }
}

/** The embedded broker: MQTT 3.1.1. It keeps nothing, so it stays up; the link and the writers do not. */
async function aedes(): Promise<void> {
  const broker = await EmbeddedBroker.start()
  const proxy = await TcpProxy.start(Number(new URL(broker.url).port))
  const receiver = await FaultReceiver.connect([broker.url], 4)
  const run = new FaultRun({ url: `mqtt://127.0.0.1:${proxy.port}`, protocol: '3.1.1' }, receiver)
  try {
    const kills = of(10, 3)
    for (let kill = 0; kill < kills; kill++) {
      await run.start(of(1000, 300))
      await anyTime(1500)
      proxy.cut()
      await anyTime(1000)
      await run.kill()
    }
    await run.start(100)
    await run.offered(100)
    await run.drained()
    told('aedes (MQTT 3.1.1), cut, kills', await run.finish(), `${kills} cuts`)
  } finally {
    await run.abandon()
    await receiver.end()
    await proxy.close()
    await broker.stop()
  }
}

/** Three nodes, of which each dies in turn and comes back. */
async function nats(): Promise<void> {
  const cluster = await NatsCluster.start()
  const [url, ...otherUrls] = cluster.urls
  const receiver = await FaultReceiver.connect([...cluster.urls].reverse(), 4)
  const run = new FaultRun({ url: url!, otherUrls, protocol: '3.1.1' }, receiver)
  try {
    const count = of(3000, 500)
    await run.start(count, { perSecond: 100 })
    const deaths = of(3, 1)
    for (let death = 0; death < deaths; death++) {
      await sleep(1500 + random.below(1000))
      await cluster.killNode(death)
      await sleep(of(6000, 1000))
      cluster.startNode(death)
      await sleep(of(6000, 0))
      if (!quick) {
        await run.kill()
        await run.start(100)
      }
    }
    await run.drained()
    told('NATS, three nodes, node killed', await run.finish(), `${deaths} nodes died in turn`)
  } finally {
    await run.abandon()
    await receiver.end()
    await cluster.remove()
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

const scenarios = { outage, agent, links, drain, aedes, nats, flood: floods }
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
console.log(`${''.padEnd(34)}${columns.map((column) => column.padStart(9)).join('')}`)
for (const [name, scenario] of Object.entries(scenarios)) {
  if (only && !only.includes(name)) continue
  try {
    await scenario()
  } catch (error) {
    failures.push(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : error}`)
  }
}
for (const failure of failures) console.log(`FAILED: ${failure}`)
console.log(`${accepted} alerts accepted, ${lost} lost, ${failures.length} failures, seed ${seed}`)
process.exit(failures.length > 0 ? 1 : 0)
