import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import mqtt from 'mqtt'
import type { Random } from '../../bench/traffic/random.js'
import { decodeAnomalyReport } from '../../core/messages.js'
import type { Mosquitto } from '../support/mosquitto.js'
import { AgentProcess } from './agent-process.js'
import type { Outcome } from './run.js'
import { spooledAlerts } from './spooled.js'

/** What the FIFO is offered at a time; few enough that it is taken whole or not at all (PIPE_BUF). */
const BATCH = 20
const BATCH_MILLISECONDS = 50
/** Longest life of an agent that is killed: some die while they load, some while they send what others left. */
const LIFE_MILLISECONDS = 4000
const BROKER_MILLISECONDS = 3000
/** When no alert arrives for so long, none will. */
const PATIENCE_MILLISECONDS = 30_000

/** Changed: arrived under another event id too, or with other bytes than the spool had. */
export interface AgentKillsOutcome extends Omit<Outcome, 'memory'> {
  /** Alerts found in the spool after kills, the same one perhaps several times. */
  found: number
  restarts: number
}

/**
 * A whole agent, from its capture to the broker, is killed at any moment while the broker comes and goes. Accepted is
 * what it had printed or what its spool held when it died; each must arrive with the bytes that were on the disk.
 */
export async function agentKills(
  broker: Mosquitto,
  random: Random,
  options: { kills: number },
): Promise<AgentKillsOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'firsteight-faults-'))
  const spool = join(folder, 'spool')
  const receiver = await receive(broker.url)
  const accepted = new Map<string, Buffer | undefined>()
  let next = 1
  let found = 0
  let restarts = 0
  let over = false
  let agent: AgentProcess | undefined
  const comeAndGo = async () => {
    while (!over) {
      await sleep(random.below(BROKER_MILLISECONDS))
      await broker.stop()
      await sleep(random.below(BROKER_MILLISECONDS))
      await broker.start()
      restarts++
    }
  }
  const broken = comeAndGo()
  try {
    for (let kill = 0; kill < options.kills; kill++) {
      agent = new AgentProcess(folder, broker.url)
      const end = performance.now() + random.below(LIFE_MILLISECONDS)
      while (performance.now() < end && agent.running) {
        next += agent.capture(next, BATCH)
        await sleep(BATCH_MILLISECONDS)
      }
      if (!agent.running) throw new Error(`the agent ended by itself: ${await agent.complaint()}`)
      await agent.end('SIGKILL')
      for (const eventId of agent.printed) accepted.set(eventId, accepted.get(eventId))
      const left = spooledAlerts(spool)
      found += left.size
      for (const [eventId, payload] of left) accepted.set(eventId, payload)
    }
    over = true
    await broken
    agent = new AgentProcess(folder, broker.url)
    const missing = () => [...accepted.keys()].filter((eventId) => !receiver.arrived.has(eventId))
    await receiver.quiet(() => missing().length === 0)
    await agent.end('SIGINT')
    const changed = [...accepted].filter(([eventId, payload]) => {
      const arrival = receiver.arrived.get(eventId)
      return payload !== undefined && arrival !== undefined && !payload.equals(arrival)
    })
    return {
      accepted: accepted.size,
      arrived: accepted.size - missing().length,
      lost: missing().length + spooledAlerts(spool).size,
      repeats: receiver.repeats(),
      changed: changed.length + receiver.renamed(),
      kills: options.kills,
      found,
      restarts,
    }
  } finally {
    over = true
    await broken
    if (agent?.running) await agent.end('SIGKILL')
    await receiver.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What arrives, by event id, with a session that the broker keeps. */
async function receive(url: string) {
  const client = await mqtt.connectAsync(url, {
    protocolVersion: 5,
    clientId: 'faults-agent-receiver',
    clean: false,
    reconnectPeriod: 100,
    properties: { sessionExpiryInterval: 3600 },
  })
  client.on('error', () => {})
  const arrived = new Map<string, Buffer>()
  const idOfFlow = new Map<string, string>()
  let repeats = 0
  let renamed = 0
  let latest = Date.now()
  client.on('message', (_topic, payload) => {
    latest = Date.now()
    const { eventId, anomaly } = decodeAnomalyReport(payload)
    if (arrived.has(eventId)) repeats++
    arrived.set(eventId, payload)
    // Each datagram is a flow of its own, so a flow has one alert.
    if (anomaly === undefined) return
    const flow = Buffer.from(anomaly.flow.clientAddress).toString('hex')
    if ((idOfFlow.get(flow) ?? eventId) !== eventId) renamed++
    idOfFlow.set(flow, eventId)
  })
  await client.subscribeAsync('firsteight/v1/faults/agent/anomaly', { qos: 1 })
  return {
    arrived,
    repeats: () => repeats,
    renamed: () => renamed,
    quiet: async (complete: () => boolean) => {
      latest = Date.now()
      while (!complete() && Date.now() - latest < PATIENCE_MILLISECONDS) await sleep(100)
    },
    end: () => client.endAsync(true),
  }
}
