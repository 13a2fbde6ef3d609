import { dnsMessage } from '../../bench/traffic/dns.js'
import {
  buildFrame,
  ENCAPSULATIONS,
  type Encapsulation,
  LINK_TYPES,
  TCP_ACK,
  TCP_FIN,
  TCP_SYN,
} from '../../bench/traffic/frames.js'
import type { Random } from '../../bench/traffic/random.js'

export interface LinkFrame {
  linkType: number
  bytes: Buffer
}

const PORTS = [53, 53, 53, 5353, 1024, 40000]

/**
 * Valid frames to start from: every encapsulation, IPv4 and IPv6, UDP and TCP, mostly on port 53, few hosts and few
 * sequence numbers, so that frames meet in the same flows.
 */
export function corpusOf(random: Random, count: number): LinkFrame[] {
  return Array.from({ length: count }, () => {
    const encapsulation: Encapsulation = random.pick(ENCAPSULATIONS)
    const transport = random.pick(['udp', 'tcp'] as const)
    const start = 0x10000000 * random.below(3)
    const bytes = buildFrame({
      encapsulation,
      ipVersion: random.pick([4, 6] as const),
      transport,
      sourceHost: 1 + random.below(6),
      sourcePort: random.pick(PORTS),
      destinationHost: 1 + random.below(6),
      destinationPort: random.pick(PORTS),
      payload: payloadOf(random, transport),
      sequence: start - 1 + random.pick([0, 1, 1, 1, 2, 5, 9, 31, 32, 60]),
      acknowledgement: start,
      flags: random.pick([TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK, TCP_ACK, TCP_ACK, TCP_ACK | TCP_FIN, 4]),
    })
    return { linkType: LINK_TYPES[encapsulation], bytes }
  })
}

function payloadOf(random: Random, transport: 'udp' | 'tcp'): Buffer {
  if (random.chance(0.2)) return random.bytes(random.below(12))
  if (random.chance(0.2)) return random.bytes(random.below(1400))
  const messages = Array.from({ length: transport === 'udp' ? 1 : 1 + random.below(3) }, () => {
    const message = dnsMessage(random, random.pick([0x0100, 0x8180]), random.below(3))
    if (transport === 'udp') return message
    const prefix = Buffer.alloc(2)
    prefix.writeUInt16BE(message.length)
    return Buffer.concat([prefix, message])
  })
  const whole = Buffer.concat(messages)
  return random.chance(0.3) ? whole.subarray(0, random.below(whole.length)) : whole
}
