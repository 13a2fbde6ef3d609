import { randomBytes, randomInt } from 'node:crypto'

/** One connection or client port: the client's pieces and the server's, in turn. */
export interface Exchange {
  client: Uint8Array[]
  server: Uint8Array[]
}

/** Traffic of no program in particular: what home-made tunnels send. */
export interface Shape {
  /** The label. */
  name: string
  holds: string
  /** How many exchanges over each transport. */
  count: number
  transports: readonly ('tcp' | 'udp')[]
  /** @param index from 0 @returns what the next exchange says */
  exchange(index: number): Exchange
}

const WORDS = [
  'hello',
  'task',
  'ready',
  'status ok',
  'upload',
  'sleep 60',
  'run id',
  'result',
  'ping',
  'key=value',
]

/** Length prefixes that binary protocols put before each message. */
const PREFIXES = {
  'two-byte-big-endian': (length: number) => number(2, (view) => view.setUint16(0, length)),
  'two-byte-little-endian': (length: number) => number(2, (view) => view.setUint16(0, length, true)),
  'four-byte-big-endian': (length: number) => number(4, (view) => view.setUint32(0, length)),
  'four-byte-little-endian': (length: number) => number(4, (view) => view.setUint32(0, length, true)),
}

export const SHAPES: readonly Shape[] = [
  {
    name: 'random',
    holds: 'random bytes of 8 to 1,200, as traffic looks that is encrypted from the first byte',
    count: 250,
    transports: ['tcp', 'udp'],
    exchange: () => both(() => randomBytes(randomInt(8, 1200))),
  },
  {
    name: 'all-zero',
    holds: 'zero bytes only',
    count: 6,
    transports: ['tcp', 'udp'],
    exchange: (index) => both(() => new Uint8Array(8 + index * 40)),
  },
  {
    name: 'all-ones',
    holds: 'bytes 0xff only',
    count: 6,
    transports: ['tcp', 'udp'],
    exchange: (index) => both(() => new Uint8Array(8 + index * 40).fill(255)),
  },
  {
    name: 'counted',
    holds: 'a counter of 1, 2, 4 or 8 bytes before zero or random data',
    count: 48,
    transports: ['tcp', 'udp'],
    exchange: (index) => {
      const counter = number(8, (view) => view.setBigUint64(0, BigInt(index)))
      return both((turn) =>
        Buffer.concat([
          counter.subarray(8 - 2 ** (index % 4)),
          turn % 2 ? new Uint8Array(40) : randomBytes(40),
        ]),
      )
    },
  },
  {
    name: 'text',
    holds: 'lines of text, JSON, hexadecimal and base64',
    count: 60,
    transports: ['tcp', 'udp'],
    exchange: (index) =>
      both((turn) => {
        const word = WORDS[(index + turn) % WORDS.length]!
        const secret = randomBytes(24)
        const texts = [
          `${word} ${index}\n`,
          JSON.stringify({ [word]: index, turn, data: secret.toString('base64') }),
          secret.toString('hex'),
          secret.toString('base64'),
          `${word.toUpperCase()}|${index}|${secret.toString('hex')}`,
        ]
        return Buffer.from(texts[index % texts.length]!.padEnd(8, '.'))
      }),
  },
  ...Object.entries(PREFIXES).map(([name, prefix]) => ({
    name: `length-${name}`,
    holds: `a ${name.replaceAll('-', ' ')} length, true to what follows, before random data of 6 to 1,400 bytes`,
    count: 150,
    transports: ['tcp', 'udp'] as const,
    exchange: () =>
      both(() => {
        const body = randomBytes(randomInt(2) ? randomInt(6, 120) : randomInt(6, 1400))
        return Buffer.concat([prefix(body.length), body])
      }),
  })),
  {
    name: 'length-type-text',
    holds: 'a two-byte big-endian length of the size of a DNS query, a type, and text or structured data',
    count: 80,
    transports: ['tcp'],
    exchange: (index) =>
      both((turn) => {
        const text = `${WORDS[(index + turn) % WORDS.length]} ${index} `.repeat(1 + (index % 6))
        const body = Buffer.concat([Uint8Array.of(index % 4, turn, 0, 1), Buffer.from(text)])
        return Buffer.concat([PREFIXES['two-byte-big-endian'](body.length), body])
      }),
  },
  {
    name: 'seven-bytes',
    holds: 'datagrams and connections of one to seven bytes: never scored, but counted as short',
    count: 60,
    transports: ['tcp', 'udp'],
    exchange: (index) => {
      const length = index % 3 ? 7 : 1 + (index % 7)
      return { client: [randomBytes(length)], server: [randomBytes(length)] }
    },
  },
  {
    name: 'gre',
    holds:
      'GRE headers (RFC 2784, RFC 2890) and VXLAN headers (RFC 7348) with an inner packet, made after their layouts',
    count: 40,
    transports: ['udp'],
    exchange: (index) =>
      both(() => {
        const inner = Buffer.concat([Uint8Array.of(0x45, 0, 0, 84), randomBytes(80)])
        const headers = [
          Buffer.from([0, 0, 8, 0]),
          Buffer.concat([Buffer.from([0x20, 0, 8, 0]), number(4, (view) => view.setUint32(0, index))]),
          Buffer.concat([Buffer.from([0x30, 0, 8, 0]), number(8, (view) => view.setUint32(4, index))]),
          Buffer.from([8, 0, 0, 0, 0, 0, index, 0]),
        ]
        return Buffer.concat([headers[index % headers.length]!, inner])
      }),
  },
]

/** Two pieces from each end. */
function both(piece: (turn: number) => Uint8Array): Exchange {
  return { client: [piece(0), piece(2)], server: [piece(1), piece(3)] }
}

function number(length: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length)
  write(new DataView(bytes.buffer))
  return bytes
}
