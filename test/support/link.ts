import { randomUUID } from 'node:crypto'
import { Writable } from 'node:stream'
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import type { Test } from 'tap'
import { MemoryOutbox } from '../../agent/link/memory-outbox.js'
import { type LinkDependencies, MqttLink } from '../../agent/link/mqtt.js'
import { type BrokerSettings, resolveBroker } from '../../core/broker/options.js'
import { createLog, type Log } from '../../core/log.js'
import { decodeAnomalyReport, decodeStatus } from '../../core/messages.js'
import { firsteight } from '../../generated/messages.js'

/** A real log whose lines are kept. */
export function createListLog(): { log: Log; lines: string[] } {
  const lines: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  return { log: createLog({ format: 'text', level: 'info', destination }), lines }
}

export interface TestLink {
  link: MqttLink
  lines: string[]
  bootId: string
  /** Event ids in the order of their acknowledgement. */
  acknowledged: string[]
}

/** A link of node `edge-1` that reconnects within a tenth of a second. Stopped at the end of the test. */
export function createLink(
  t: Test,
  settings: BrokerSettings,
  change: Partial<LinkDependencies> = {},
): TestLink {
  const { log, lines } = createListLog()
  const bootId = randomUUID()
  const acknowledged: string[] = []
  const fast = { reconnectMinimumSeconds: 0.05, reconnectMaximumSeconds: 0.1, connectTimeoutSeconds: 3 }
  const link = new MqttLink({
    options: resolveBroker({ ...fast, ...settings }, 'firsteight-test-edge-1'),
    identity: { site: 'test', node: 'edge-1', bootId },
    facts: { agentVersion: '0.1.0', modelId: 'ab'.repeat(32), kernel: 'simd', capture: 'stream' },
    log,
    outbox: new MemoryOutbox({ maximumMessages: 1000, maximumBytes: 1_000_000 }),
    backlogPerSecond: 100_000,
    acknowledged: (eventId) => acknowledged.push(eventId),
    ...change,
  })
  t.teardown(() => link.stop())
  return { link, lines, bootId, acknowledged }
}

export interface Received {
  topic: string
  payload: Buffer
  packet: IPublishPacket
}

/** A plain mqtt client that has subscribed to everything under `firsteight/`, independent of firsteight's own code. */
export class Receiver {
  readonly received: Received[] = []
  readonly #client: MqttClient

  static async connect(t: Test, url: string, options: IClientOptions = {}): Promise<Receiver> {
    const client = await mqtt.connectAsync(url, { reconnectPeriod: 50, ...options })
    const receiver = new Receiver(client)
    t.teardown(() => client.endAsync(true))
    await client.subscribeAsync('firsteight/#', { qos: 1 })
    return receiver
  }

  private constructor(client: MqttClient) {
    this.#client = client
    client.on('error', () => {})
    client.on('message', (topic, payload, packet) => this.received.push({ topic, payload, packet }))
  }

  get reports() {
    return this.received
      .filter(({ topic }) => topic.endsWith('/anomaly'))
      .map(({ payload }) => decodeAnomalyReport(payload))
  }

  /** Names of the states seen, in order. */
  get states(): (string | undefined)[] {
    return this.received
      .filter(({ topic }) => topic.endsWith('/status'))
      .map(({ payload }) => firsteight.v1.State[decodeStatus(payload).state])
  }

  publish(topic: string, payload: string | Uint8Array, options: { retain?: boolean } = {}): void {
    this.#client.publish(topic, Buffer.from(payload), { qos: 1, retain: options.retain ?? false })
  }

  end(): Promise<void> {
    return this.#client.endAsync(true)
  }
}

/** Waits until a condition holds; fails after half a minute. */
export async function until(what: string, condition: () => boolean, seconds = 30): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
