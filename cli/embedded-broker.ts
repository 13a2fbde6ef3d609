import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Aedes } from 'aedes'

/** A small MQTT 3.1.1 broker inside this process, on loopback, on a port that the system chose. For the demo. */
export class EmbeddedBroker {
  readonly #aedes: Aedes
  readonly #server: Server

  static async start(): Promise<EmbeddedBroker> {
    const { Aedes } = await import('aedes')
    const aedes = await Aedes.createBroker()
    const server = createServer((socket: Socket) => void aedes.handle(socket))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return new EmbeddedBroker(aedes, server)
  }

  private constructor(aedes: Aedes, server: Server) {
    this.#aedes = aedes
    this.#server = server
  }

  /** Where it listens. Connect with protocol 3.1.1. */
  get url(): string {
    return `mqtt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Ends every connection and stops listening. */
  async stop(): Promise<void> {
    const closed = once(this.#server.close(), 'close')
    await new Promise<void>((resolve) => this.#aedes.close(resolve))
    await closed
  }
}
