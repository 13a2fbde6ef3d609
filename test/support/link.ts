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
import { BROKER, type TestBroker } from './brokers.js'

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

  /** @param broker an address, or a broker under test, which keeps the session over lost connections */
  static async connect(
    t: Test,
    broker: string | TestBroker,
    options: IClientOptions = {},
  ): Promise<Receiver> {
    const client = await (typeof broker === 'string'
      ? mqtt.connectAsync(broker, { reconnectPeriod: 50, ...options })
      : mqtt.connectAsync({ ...sessionOptions(broker), ...options }))
    const receiver = new Receiver(client)
    t.teardown(() => client.endAsync(true))
    await client.subscribeAsync('firsteight/#', { qos: 1 })
    return receiver
  }

  private constructor(client: MqttClient) {
    this.#client = client
    client.on('error', () => {})
    client.on('message', (topic, payload, packet) => this.#take({ topic, payload, packet }))
    client.on('connect', ({ sessionPresent }) => !sessionPresent && void this.#subscribe())
  }

  /** A node without a leader refuses subscriptions for a while, and mqtt would not try again. */
  async #subscribe(): Promise<void> {
    while (this.#client.connected) {
      if (await this.#client.subscribeAsync('firsteight/#', { qos: 1 }).then(Boolean, () => false)) return
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }

  /** What a broker sends once more, because the acknowledgement did not reach it, counts once. */
  #take(message: Received): void {
    const isSame = ({ topic, payload }: Received) =>
      topic === message.topic && payload.equals(message.payload)
    if (message.packet.dup && this.received.some(isSame)) return
    this.received.push(message)
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

  /** Resolves when the broker has acknowledged it; where connections are lost it is sent again. */
  async publish(
    topic: string,
    payload: string | Uint8Array,
    options: { retain?: boolean } = {},
  ): Promise<void> {
    await this.#client
      .publishAsync(topic, Buffer.from(payload), { qos: 1, retain: options.retain ?? false })
      .catch(() => {})
  }

  end(): Promise<void> {
    return this.#client.endAsync(true)
  }
}

/** A session that the broker keeps, so that nothing is missed between one node and the next. */
export function sessionOptions({ url, otherUrls, protocol }: TestBroker): IClientOptions {
  // Another node first than the agents'.
  const servers = [...otherUrls, url].map((each) => ({ host: '127.0.0.1', port: Number(new URL(each).port) }))
  const session = { clean: false, clientId: `receiver-${randomUUID()}`, servers, reconnectPeriod: 50 }
  return { protocol: 'mqtt', protocolVersion: protocol === '5' ? 5 : 4, ...session }
}

/** Seconds: longer where nodes die, because the others have to agree first on who leads. */
const PATIENCE = BROKER === 'nats' ? 90 : 30

/** Waits until a condition holds; fails after half a minute, on a cluster after three times that. */
export async function until(what: string, condition: () => boolean, seconds = PATIENCE): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
