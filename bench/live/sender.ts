import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { pcapOf } from '../traffic/capture.js'
import { dnsQuery, dnsResponse } from '../traffic/dns.js'
import { buildFrame } from '../traffic/frames.js'
import { Random } from '../traffic/random.js'

const SOURCE = fileURLToPath(new URL('../../../bench/native/sender.c', import.meta.url))
const FLAGS = ['-O2', '-Wall', '-Wextra', '-Werror']

/** As sender.c has it: longer frames are left out. */
const FRAME_BYTES = 128
const FRAMES = 8192
const CLIENTS = 2000
const SERVER = 0xc0000235
/** One frame in so many is no DNS: alerts, their flow into the broker included, are part of what is measured. */
const FOREIGN = 4096

/** Queries and responses over UDP, a flow each pair, and two datagrams that are no DNS. */
export function senderFrames(): Buffer[] {
  const random = new Random(1)
  const frames: Buffer[] = []
  for (let exchange = 0; frames.length < FRAMES; exchange++) {
    const client = 0x0a000000 + (exchange % CLIENTS)
    const clientPort = 1024 + exchange
    const foreign = exchange % (FOREIGN / 2) === 7
    for (const query of [true, false]) {
      const frame = buildFrame({
        encapsulation: 'ethernet',
        ipVersion: 4,
        transport: 'udp',
        sourceHost: query ? client : SERVER,
        sourcePort: query ? clientPort : 53,
        destinationHost: query ? SERVER : client,
        destinationPort: query ? 53 : clientPort,
        payload: foreign ? random.bytes(60) : query ? dnsQuery(random) : dnsResponse(random, 1),
      })
      if (frame.length <= FRAME_BYTES) frames.push(frame)
    }
  }
  return frames
}

/** A program that gives frames to an interface as if its driver had received them, at a rate. */
export class Sender {
  readonly #program: string
  readonly #capture: string

  private constructor(program: string, capture: string) {
    this.#program = program
    this.#capture = capture
  }

  /**
   * Compiles it.
   * @param folder for the program and its frames
   * @throws Error when there is no gcc, or it fails
   */
  static async build(folder: string): Promise<Sender> {
    const sender = new Sender(join(folder, 'sender'), join(folder, 'frames.pcap'))
    await promisify(execFile)('gcc', [...FLAGS, SOURCE, '-o', sender.#program])
    await writeFile(sender.#capture, pcapOf(senderFrames()))
    return sender
  }

  /**
   * Sends `rate` frames a second (0: as fast as it goes) for so many seconds; it keeps one processor busy.
   * @param through a program and arguments that run it, such as `ip netns exec NAME`
   * @throws Error when it may not, or this Linux cannot
   */
  async send(
    through: readonly string[],
    interfaceName: string,
    rate: number,
    seconds: number,
  ): Promise<{ sent: number; seconds: number }> {
    const args = [interfaceName, this.#capture, `${rate}`, `${seconds}`]
    const [program = '', ...rest] = [...through, this.#program, ...args]
    const { stdout } = await promisify(execFile)(program, rest)
    const [sent, took] = stdout.trim().split(' ').map(Number)
    if (!Number.isFinite(sent) || !Number.isFinite(took)) throw new Error(`the sender said ${stdout}`)
    return { sent: sent!, seconds: took! }
  }
}
