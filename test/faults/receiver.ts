import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import mqtt, { type MqttClient } from 'mqtt'
import { decodeAnomalyReport } from '../../core/messages.js'

const ALERTS = 'firsteight/v1/faults/+/anomaly'
const LEAVE_MILLISECONDS = 2000

/** What arrived of each alert. */
interface Arrival {
  eventId: string
  times: number
}

/** Receives alerts with a session that the broker keeps, and remembers each by its number. */
export class FaultReceiver {
  readonly #client: MqttClient
  readonly #arrivals = new Map<number, Arrival>()
  /** Milliseconds from offer to arrival of alerts with numbers from `#liveFrom` on. */
  readonly #latencies: number[] = []
  #liveFrom = Number.POSITIVE_INFINITY
  /** Alerts that came again under another event id. */
  changed = 0
  repeats = 0

  /** @param urls tried in turn */
  static async connect(urls: readonly string[], protocolVersion: 4 | 5): Promise<FaultReceiver> {
    const servers = urls.map((url) => ({ host: '127.0.0.1', port: Number(new URL(url).port) }))
    const client = await mqtt.connectAsync({
      servers,
      protocol: 'mqtt',
      protocolVersion,
      clientId: `faults-receiver-${randomUUID()}`,
      clean: false,
      reconnectPeriod: 100,
      ...(protocolVersion === 5 && { properties: { sessionExpiryInterval: 3600 } }),
    })
    const receiver = new FaultReceiver(client)
    await client.subscribeAsync(ALERTS, { qos: 1 })
    return receiver
  }

  private constructor(client: MqttClient) {
    this.#client = client
    client.on('error', () => {})
    client.on('message', (_topic, payload) => this.#take(payload))
  }

  /** Different alerts received. */
  get count(): number {
    return this.#arrivals.size
  }

  eventIdOf(number: number): string | undefined {
    return this.#arrivals.get(number)?.eventId
  }

  /** Measures alerts from this number on. */
  measureFrom(number: number): void {
    this.#liveFrom = number
    this.#latencies.length = 0
  }

  /** Milliseconds: median, 99th percentile, longest; undefined when none was measured. */
  get latency(): { count: number; median: number; high: number; longest: number } | undefined {
    const sorted = [...this.#latencies].sort((a, b) => a - b)
    if (sorted.length === 0) return undefined
    const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)]!)
    return { count: sorted.length, median: at(0.5), high: at(0.99), longest: at(1) }
  }

  /** Leaves nothing at the broker that would go on collecting alerts. */
  async end(): Promise<void> {
    await Promise.race([this.#client.unsubscribeAsync(ALERTS).catch(() => {}), sleep(LEAVE_MILLISECONDS)])
    await this.#client.endAsync(true)
  }

  #take(payload: Buffer): void {
    const { eventId, anomaly, header } = decodeAnomalyReport(payload)
    const number = anomaly?.totalStreams ?? -1
    const known = this.#arrivals.get(number)
    if (known) {
      known.times++
      this.repeats++
      if (known.eventId !== eventId) this.changed++
      return
    }
    this.#arrivals.set(number, { eventId, times: 1 })
    if (number >= this.#liveFrom) this.#latencies.push(Date.now() - header.publishedAtMicroseconds / 1000)
  }
}
