import { dnsQuery, dnsResponse, withLength } from './dns.js'
import { type Encapsulation, type FrameParts, TCP_ACK, TCP_FIN, TCP_SYN, writeFrame } from './frames.js'
import type { Random } from './random.js'

const CLIENTS = 2000
const SERVERS = [0xc0000235, 0xc6336435, 0xcb007135]
const OTHER_PORTS = [80, 123, 443, 5060]
/** Of a client's VLAN. */
const ENCAPSULATIONS: Encapsulation[] = ['ethernet', 'ethernet', 'ethernet', 'ethernet', 'vlan', 'qinq']
const LOWEST_PORT = 1024
/** Exchanges whose frames mingle. */
const IN_FLIGHT = 64

export const MOST_FLOWS = CLIENTS * (65536 - LOWEST_PORT)
export const LEAST_FLOWS = IN_FLIGHT

interface Ends extends Pick<FrameParts, 'encapsulation' | 'ipVersion'> {
  client: number
  clientPort: number
  server: number
  serverPort: number
}

/**
 * Seeded traffic of one branch, from a fixed number of flows that are used in turn: nine in ten packets are DNS, most
 * over UDP, some over TCP in pieces, some in VLANs or over IPv6; the rest are other ports, and one exchange in 5,000
 * something else on port 53. Frames of 64 exchanges mingle.
 */
export class Traffic {
  readonly #random: Random
  readonly #flows: number
  /** Steps through the flows in an order that looks random; prime to their number. */
  readonly #stride: number
  #flow = 0
  /** Frames still to come of each exchange, last first. */
  readonly #exchanges: FrameParts[][]

  /** @param flows LEAST_FLOWS to MOST_FLOWS */
  constructor(random: Random, flows: number) {
    this.#random = random
    this.#flows = flows
    this.#stride = strideOf(flows)
    this.#exchanges = Array.from({ length: IN_FLIGHT }, () => [])
  }

  /** Writes the next frame, an Ethernet one, as writeFrame does, and returns the offset behind it. */
  write(out: Buffer, at: number): number {
    const exchange = this.#exchanges[this.#random.below(IN_FLIGHT)]!
    if (exchange.length === 0) this.#begin(exchange)
    return writeFrame(out, at, exchange.pop()!)
  }

  #begin(exchange: FrameParts[]): void {
    const random = this.#random
    this.#flow = (this.#flow + this.#stride) % this.#flows
    // By its number, so that a flow is always of one kind: of 100 flows 20 are no DNS and two use TCP.
    const kind = (Math.imul(this.#flow, 0x9e3779b1) >>> 16) % 100
    if (kind < 20) addOther(exchange, random, endsOf(this.#flow, OTHER_PORTS[this.#flow % 4]!))
    else if (kind < 22) addTcp(exchange, random, endsOf(this.#flow, 53))
    else addUdp(exchange, random, endsOf(this.#flow, 53))
    exchange.reverse()
  }
}

/** A flow's ends: the client's host, port, VLAN and IP version, and the server follow from its number. */
function endsOf(flow: number, serverPort: number): Ends {
  const client = flow % CLIENTS
  const use = Math.floor(flow / CLIENTS)
  return {
    encapsulation: ENCAPSULATIONS[client % ENCAPSULATIONS.length]!,
    ipVersion: client % 5 === 4 ? 6 : 4,
    client: 0x0a000000 + client,
    // The factor is prime to the number of ports, so that each use has a port of its own.
    clientPort: LOWEST_PORT + ((use * 25_013 + client) % (65536 - LOWEST_PORT)),
    server: SERVERS[use % SERVERS.length]!,
    serverPort,
  }
}

function strideOf(flows: number): number {
  const divides = (a: number, b: number): number => (b === 0 ? a : divides(b, a % b))
  let stride = Math.floor(flows * 0.618) + 1
  while (divides(stride, flows) !== 1) stride++
  return stride
}

function addUdp(exchange: FrameParts[], random: Random, ends: Ends): void {
  const foreign = random.chance(1 / 5000)
  exchange.push(frame(ends, true, 'udp', foreign ? random.bytes(40) : dnsQuery(random)))
  exchange.push(frame(ends, false, 'udp', foreign ? random.bytes(80) : dnsResponse(random, 4)))
}

function addTcp(exchange: FrameParts[], random: Random, ends: Ends): void {
  const client = { next: random.next() }
  const server = { next: random.next() }
  const send = (fromClient: boolean, flags: number, payload: Uint8Array = new Uint8Array()) => {
    const [from, to] = fromClient ? [client, server] : [server, client]
    exchange.push(frame(ends, fromClient, 'tcp', payload, from.next, to.next, flags))
    from.next = (from.next + payload.length + (flags & (TCP_SYN | TCP_FIN) ? 1 : 0)) >>> 0
  }
  const sendInPieces = (fromClient: boolean, bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; ) {
      const length = random.chance(0.2) ? 1 + random.below(4) : bytes.length - at
      send(fromClient, TCP_ACK, bytes.subarray(at, at + length))
      at += length
    }
  }
  send(true, TCP_SYN)
  send(false, TCP_SYN | TCP_ACK)
  send(true, TCP_ACK)
  for (let messages = 1 + random.below(3); messages > 0; messages--) {
    sendInPieces(true, withLength(dnsQuery(random)))
    sendInPieces(false, withLength(dnsResponse(random, 19)))
  }
  send(true, TCP_FIN | TCP_ACK)
  send(false, TCP_FIN | TCP_ACK)
}

function addOther(exchange: FrameParts[], random: Random, ends: Ends): void {
  const transport = random.pick(['udp', 'tcp'] as const)
  exchange.push(frame(ends, true, transport, random.bytes(20 + random.below(1200))))
}

function frame(
  ends: Ends,
  fromClient: boolean,
  transport: 'udp' | 'tcp',
  payload: Uint8Array,
  sequence = 0,
  acknowledgement = 0,
  flags = TCP_ACK,
): FrameParts {
  return {
    encapsulation: ends.encapsulation,
    ipVersion: ends.ipVersion,
    transport,
    sourceHost: fromClient ? ends.client : ends.server,
    sourcePort: fromClient ? ends.clientPort : ends.serverPort,
    destinationHost: fromClient ? ends.server : ends.client,
    destinationPort: fromClient ? ends.serverPort : ends.clientPort,
    payload,
    sequence,
    acknowledgement,
    flags,
  }
}
