import { BROKER_NAMES, type BrokerName, startBroker, type TestBroker } from '../support/brokers.js'
import { TcpProxy } from '../support/tcp-proxy.js'

/** A broker and the MQTT version that is spoken with it. */
export interface Variant {
  name: BrokerName
  protocol: '5' | '3.1.1'
}

const PROTOCOLS: Record<BrokerName, readonly Variant['protocol'][]> = {
  mosquitto: ['5', '3.1.1'],
  aedes: ['3.1.1'],
  nats: ['3.1.1'],
}

export const VARIANTS: readonly Variant[] = BROKER_NAMES.flatMap((name) =>
  PROTOCOLS[name].map((protocol) => ({ name, protocol })),
)

/** A broker that goes and comes, behind links that can be made poor. */
export class FaultBroker {
  readonly variant: Variant
  readonly #broker: TestBroker
  readonly #proxies: readonly TcpProxy[]

  static async start(variant: Variant): Promise<FaultBroker> {
    const broker = await startBroker(variant.name, { persistent: true })
    const ports = [broker.url, ...broker.otherUrls].map((url) => Number(new URL(url).port))
    return new FaultBroker(variant, broker, await Promise.all(ports.map((port) => TcpProxy.start(port))))
  }

  private constructor(variant: Variant, broker: TestBroker, proxies: readonly TcpProxy[]) {
    this.variant = variant
    this.#broker = broker
    this.#proxies = proxies
  }

  /** Such as `nats, 3.1.1`. */
  get label(): string {
    return `${this.variant.name}, ${this.variant.protocol}`
  }

  /** For receivers: past the poor links. */
  get urls(): readonly string[] {
    return [this.#broker.url, ...this.#broker.otherUrls]
  }

  get protocolVersion(): 4 | 5 {
    return this.variant.protocol === '5' ? 5 : 4
  }

  /** For writers: through the links. */
  get settings() {
    const [url = '', ...otherUrls] = this.#proxies.map(({ port }) => `mqtt://127.0.0.1:${port}`)
    return { url, otherUrls, protocol: this.variant.protocol }
  }

  get cluster() {
    return this.#broker.cluster
  }

  /** Does something to every link. */
  links(act: (proxy: TcpProxy) => void): void {
    for (const proxy of this.#proxies) act(proxy)
  }

  /** Mosquitto ends in order, all nodes of NATS are killed. aedes keeps nothing, so it stays, and all links are down. */
  async down(): Promise<void> {
    const { mosquitto, cluster } = this.#broker
    if (mosquitto) await mosquitto.stop()
    else if (cluster) await Promise.all(this.urls.map((_, node) => cluster.killNode(node)))
    else this.links((link) => link.refuse(true))
  }

  /** Resolves when it takes messages again. */
  async up(): Promise<void> {
    const { mosquitto, cluster } = this.#broker
    if (mosquitto) await mosquitto.start()
    else if (cluster) {
      for (const node of this.urls.keys()) cluster.startNode(node)
      await cluster.whole()
    } else this.links((link) => link.refuse(false))
  }

  async remove(): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.close()))
    await this.#broker.remove()
  }
}
