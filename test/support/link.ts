import { randomUUID } from 'node:crypto'
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import type { Test } from 'tap'
import { type LinkDependencies, MqttLink } from '../../agent/link/mqtt.js'
import { type BrokerSettings, resolveBroker } from '../../core/broker/options.js'
import { decodeAnomalyReport, decodeStatus } from '../../core/messages.js'
import { firsteight } from '../../generated/messages.js'

/** A log that keeps its lines. */
export class ListLog {
  readonly lines: string[] = []
  readonly #add = (fields: object, message: string) => {
    this.lines.push(`${message} ${JSON.stringify(fields)}`)
  }
  readonly info = this.#add
  readonly warn = this.#add
}

export interface TestLink {
  link: MqttLink
  log: ListLog
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
  const log = new ListLog()
  const bootId = randomUUID()
  const acknowledged: string[] = []
  const fast = { reconnectMinimumSeconds: 0.05, reconnectMaximumSeconds: 0.1, connectTimeoutSeconds: 3 }
  const link = new MqttLink({
    options: resolveBroker({ ...fast, ...settings }, 'firsteight-test-edge-1'),
    identity: { site: 'test', node: 'edge-1', bootId },
    facts: { agentVersion: '0.1.0', modelId: 'ab'.repeat(32), kernel: 'simd', capture: 'stream' },
    log,
    acknowledged: (eventId) => acknowledged.push(eventId),
    ...change,
  })
  t.teardown(() => link.stop())
  return { link, log, bootId, acknowledged }
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

  end(): Promise<void> {
    return this.#client.endAsync(true)
  }
}

/** Waits until a condition holds; fails after ten seconds. */
export async function until(what: string, condition: () => boolean, seconds = 10): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
