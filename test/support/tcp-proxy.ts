import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A slow link. */
export interface Throttle {
  delayMilliseconds: number
  bitsPerSecond: number
}

/** Bytes in one direction that the proxy takes in before it stops reading, as a router's queue does. */
const QUEUE_BYTES = 16 * 1024

/** A TCP proxy on loopback that does to its connections what poor links do. */
export class TcpProxy {
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #throttle: Throttle | undefined
  #refuses = false

  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort)
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening')
    return proxy
  }

  private constructor(targetPort: number) {
    this.#server = createServer({ allowHalfOpen: true }, (inward) => {
      if (this.#refuses) return void inward.resetAndDestroy()
      const outward = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true })
      const pair = new Pair(inward, outward, () => this.#throttle)
      this.#pairs.add(pair)
      pair.closed.then(() => this.#pairs.delete(pair))
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Breaks every connection; new ones are accepted. */
  cut(): void {
    for (const pair of this.#pairs) pair.cut()
  }

  /** Breaks every connection, and new ones as they come, until it is told otherwise. */
  refuse(refuses: boolean): void {
    this.#refuses = refuses
    if (refuses) this.cut()
  }

  /** Existing connections carry nothing any more, and nobody is told; new ones work. */
  stall(): void {
    for (const pair of this.#pairs) pair.stall()
  }

  /** Existing connections end in one direction only: towards who connected (`inward`), or towards the target. */
  halfClose(direction: 'inward' | 'outward'): void {
    for (const pair of this.#pairs) pair.halfClose(direction)
  }

  /** From now on; undefined: as fast as it goes. */
  throttle(throttle: Throttle | undefined): void {
    this.#throttle = throttle
  }

  /** Breaks every connection and accepts no more. */
  async close(): Promise<void> {
    const closed = once(this.#server.close(), 'close')
    this.cut()
    await closed
  }
}

/** One connection: two sockets and a lane in each direction. */
class Pair {
  readonly closed: Promise<unknown>
  readonly #sockets: { inward: Socket; outward: Socket }
  #stalled = false

  constructor(inward: Socket, outward: Socket, throttle: () => Throttle | undefined) {
    this.#sockets = { inward, outward }
    inward.setNoDelay(true)
    outward.setNoDelay(true)
    this.#carry(inward, outward, throttle)
    this.#carry(outward, inward, throttle)
    for (const socket of [inward, outward]) {
      socket.on('error', () => {})
      socket.on('close', () => {
        inward.destroy()
        outward.destroy()
      })
    }
    this.closed = Promise.all([once(inward, 'close'), once(outward, 'close')]).catch(() => {})
  }

  cut(): void {
    for (const socket of Object.values(this.#sockets)) socket.resetAndDestroy()
  }

  stall(): void {
    this.#stalled = true
    for (const socket of Object.values(this.#sockets)) socket.pause()
  }

  halfClose(direction: 'inward' | 'outward'): void {
    this.#sockets[direction].end()
  }

  #carry(from: Socket, to: Socket, throttle: () => Throttle | undefined): void {
    let queued = 0
    let freeAt = 0
    const pass = (bytes: Buffer | undefined) => {
      if (this.#stalled || to.destroyed) return
      if (bytes === undefined) to.end()
      else if (!to.writableEnded && !to.write(bytes)) {
        from.pause()
        to.once('drain', () => !this.#stalled && from.resume())
      }
    }
    const send = (bytes: Buffer | undefined) => {
      const slow = throttle()
      const now = performance.now()
      if (slow === undefined && freeAt <= now) return pass(bytes)
      const length = bytes?.length ?? 0
      queued += length
      if (queued > QUEUE_BYTES) from.pause()
      freeAt = Math.max(freeAt, now) + (slow ? (8000 * length) / slow.bitsPerSecond : 0)
      setTimeout(
        () => {
          queued -= length
          pass(bytes)
          if (queued <= QUEUE_BYTES && !this.#stalled) from.resume()
        },
        freeAt - now + (slow?.delayMilliseconds ?? 0),
      )
    }
    from.on('data', send)
    from.on('end', () => send(undefined))
  }
}
