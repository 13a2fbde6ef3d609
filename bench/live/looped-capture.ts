import { existsSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeCapture } from '../traffic/capture.js'

const FLOWS = 10_000

/**
 * A capture program that writes the same packets over and over to its standard output, as fast as they are taken: once
 * to warm up, then, when told to, so many times more without the file's header of 24 bytes; then it waits to be ended.
 */
const SCRIPT = `
cat "$1/capture"
: >"$1/warm"
until [ -e "$1/go" ]; do sleep 0.05; done
repeat=0
while [ $repeat -lt "$2" ]; do tail -c +25 "$1/capture"; repeat=$((repeat + 1)); done
: >"$1/done"
exec sleep 3600
`

/** Seeded traffic, 90 % DNS, for an agent that reads it through a pipe as it would read tcpdump's. */
export class LoopedCapture {
  readonly #folder: string
  readonly #repeats: number
  /** Packets that it writes in all. */
  readonly packets: number

  private constructor(folder: string, repeats: number, packets: number) {
    this.#folder = folder
    this.#repeats = repeats
    this.packets = packets
  }

  /**
   * @param parent folder for temporary files, which the caller removes
   * @param packets in one loop
   * @param repeats how many loops follow the first one
   */
  static async create(parent: string, packets: number, repeats: number): Promise<LoopedCapture> {
    const folder = await mkdtemp(join(parent, 'looped-'))
    await writeCapture(join(folder, 'capture'), { seed: 1, packets, flows: FLOWS })
    return new LoopedCapture(folder, repeats, packets * (repeats + 1))
  }

  /** `capture.command`. */
  get command(): string[] {
    return ['sh', '-c', SCRIPT, 'sh', this.#folder, `${this.#repeats}`]
  }

  /** Whether the first loop was written, and taken but for what the pipe holds. */
  get isWarm(): boolean {
    return existsSync(join(this.#folder, 'warm'))
  }

  get isDone(): boolean {
    return existsSync(join(this.#folder, 'done'))
  }

  async go(): Promise<void> {
    await writeFile(join(this.#folder, 'go'), '')
  }
}

/** Waits until it holds, looking every 100 ms. @throws Error when `isHopeless` holds first */
export async function waitFor(holds: () => boolean, isHopeless: () => boolean): Promise<void> {
  while (!holds()) {
    if (isHopeless()) throw new Error('the agent ended before the capture did')
    await sleep(100)
  }
}
