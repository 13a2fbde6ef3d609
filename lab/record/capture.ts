import { rename, rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { FirsteightError } from '../../core/errors.js'
import type { Namespace } from './namespace.js'
import { type RunningProgram, start } from './process.js'

/** tcpdump's buffer, KiB: holds the fastest burst of a recording many times over. */
const BUFFER_KIBIBYTES = 65_536
/**
 * How long tcpdump's count must stay the same before it has read everything: longer than the second after which
 * the kernel hands over a buffer that is not full. (Immediate mode would hand over at once, but it gives each
 * packet a slot of the whole snapshot length, and loses packets for want of slots.)
 */
const SETTLE_MILLISECONDS = 1_200
const SETTLE_ATTEMPTS = 20

/** One running tcpdump, whole packets into one classic pcap file that appears only when it is complete. */
export class Capture {
  readonly command: readonly string[]
  readonly #file: string
  readonly #tcpdump: RunningProgram

  private constructor(file: string, command: readonly string[], tcpdump: RunningProgram) {
    this.#file = file
    this.command = command
    this.#tcpdump = tcpdump
  }

  /**
   * @param tcpdump path of the program
   * @param filter pcap filter (pcap-filter(7))
   * @throws FirsteightError LAB_PROGRAM_FAILED when tcpdump does not start to listen
   */
  static async start(
    tcpdump: string,
    namespace: Namespace,
    networkInterface: string,
    filter: string,
    file: string,
  ): Promise<Capture> {
    const command = [
      ...[tcpdump, '-i', networkInterface, '-n', '-s', '0', '-B', `${BUFFER_KIBIBYTES}`],
      ...['-U', '-Z', 'root', '-w', `${file}.partial`, filter],
    ]
    const running = await start(namespace.command(command), /listening on/)
    return new Capture(file, command, running)
  }

  /**
   * Waits until tcpdump has read every packet, ends it and gives the file its name.
   * @returns packets in the file
   * @throws FirsteightError LAB_PROGRAM_FAILED when a packet was lost or none was seen; no file is left then
   */
  async finish(): Promise<number> {
    await this.#settle()
    await this.#tcpdump.stop('SIGINT')
    const output = this.#tcpdump.output
    const captured = lastCount(output, /(\d+) packets? captured/g)
    const dropped = lastCount(output, /(\d+) packets? dropped by kernel/g)
    if (!captured || dropped !== 0) {
      await this.discard()
      throw new FirsteightError(
        'LAB_PROGRAM_FAILED',
        `${this.#file} is not complete: ${captured} packets captured, ${dropped} dropped`,
        { hint: 'Record again while the machine does less.', details: { output } },
      )
    }
    await rename(`${this.#file}.partial`, this.#file)
    return captured
  }

  /** SIGUSR1 makes tcpdump say its counts (tcpdump(8)); "received by filter" counts loopback packets twice. */
  async #settle(): Promise<void> {
    let before = -1
    for (let attempt = 0; attempt < SETTLE_ATTEMPTS; attempt += 1) {
      this.#tcpdump.kill('SIGUSR1')
      await delay(SETTLE_MILLISECONDS)
      const captured = lastCount(this.#tcpdump.output, /(\d+) packets? captured/g) ?? -1
      if (captured >= 0 && captured === before) return
      before = captured
    }
  }

  /** Ends tcpdump and removes what it wrote. */
  async discard(): Promise<void> {
    await this.#tcpdump.stop('SIGINT')
    await rm(`${this.#file}.partial`, { force: true })
  }
}

function lastCount(text: string, pattern: RegExp): number | undefined {
  const match = [...text.matchAll(pattern)].at(-1)
  return match ? Number(match[1]) : undefined
}
