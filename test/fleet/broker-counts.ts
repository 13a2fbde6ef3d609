import mqtt, { type MqttClient } from 'mqtt'

/** What a broker has passed on, by its own account: all MQTT packets and bytes since its start. */
export interface BrokerCounts {
  packetsReceived: number
  packetsSent: number
  bytesReceived: number
  bytesSent: number
}

const TOPICS: Record<string, keyof BrokerCounts> = {
  '$SYS/broker/messages/received': 'packetsReceived',
  '$SYS/broker/messages/sent': 'packetsSent',
  '$SYS/broker/bytes/received': 'bytesReceived',
  '$SYS/broker/bytes/sent': 'bytesSent',
}

/** Follows the counts that Mosquitto publishes of itself. */
export class BrokerCounter {
  readonly #client: MqttClient
  readonly #counts: BrokerCounts = { packetsReceived: 0, packetsSent: 0, bytesReceived: 0, bytesSent: 0 }
  #updates = 0

  static async connect(url: string): Promise<BrokerCounter> {
    const client = await mqtt.connectAsync(url)
    const counter = new BrokerCounter(client)
    await client.subscribeAsync(Object.keys(TOPICS))
    return counter
  }

  private constructor(client: MqttClient) {
    this.#client = client
    client.on('message', (topic, payload) => {
      const name = TOPICS[topic]
      if (name === undefined) return
      this.#counts[name] = Number(payload.toString())
      this.#updates++
    })
  }

  /** As of the broker's next account, one second later at most. */
  async now(): Promise<BrokerCounts> {
    // Only what has changed is published again; its own account changes the sent bytes.
    const seen = this.#updates
    for (let wait = 0; this.#updates === seen && wait < 300; wait++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
    return { ...this.#counts }
  }

  close(): Promise<void> {
    return this.#client.endAsync(true)
  }
}
