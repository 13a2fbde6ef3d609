import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FirsteightError } from '../../core/errors.js'
import { run, runOrFail } from './process.js'

/** Where `ip netns exec` looks for files that stand in for those in /etc (ip-netns(8)). */
const ETC_FOLDER = '/etc/netns'

let created = 0

/**
 * A network namespace of the recording's own: nothing in it reaches another network, and port 53 in it is free.
 * Needs root.
 */
export class Namespace {
  readonly name: string
  readonly #ip: string

  private constructor(name: string, ip: string) {
    this.name = name
    this.#ip = ip
  }

  /**
   * Creates the namespace and brings its loopback interface up, with an Ethernet's MTU and no segmentation
   * offload, so that packets have the sizes that they have on a wire.
   * @param ip path of the `ip` program
   * @throws FirsteightError LAB_NO_RIGHT when this process may not create namespaces
   */
  static async create(ip: string): Promise<Namespace> {
    created += 1
    const name = `firsteight-${process.pid}-${created}`
    const added = await run([ip, 'netns', 'add', name])
    if (added.code !== 0) throw noRight(added.output.trim())
    const namespace = new Namespace(name, ip)
    try {
      await namespace.ip('link', 'set', 'lo', 'mtu', '1500', 'gso_max_segs', '1', 'up')
      return namespace
    } catch (error) {
      await namespace.delete()
      throw error
    }
  }

  /** The command line that runs a command inside, with a mount namespace of its own. */
  command(command: readonly string[]): string[] {
    return [this.#ip, 'netns', 'exec', this.name, ...command]
  }

  /** Runs `ip` inside. @throws FirsteightError LAB_PROGRAM_FAILED */
  async ip(...parameters: string[]): Promise<void> {
    await runOrFail([this.#ip, '-n', this.name, ...parameters])
  }

  /** Sets /etc/resolv.conf for commands run inside from now on. */
  async writeResolvConf(text: string): Promise<void> {
    const folder = join(ETC_FOLDER, this.name)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'resolv.conf'), text)
  }

  /** Ends what still runs inside and removes the namespace. Safe to call more than once. */
  async delete(): Promise<void> {
    const inside = await run([this.#ip, 'netns', 'pids', this.name])
    for (const pid of inside.output.split('\n').filter((line) => /^\d+$/.test(line))) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // It ended by itself in the meantime.
      }
    }
    await run([this.#ip, 'netns', 'delete', this.name])
    await rm(join(ETC_FOLDER, this.name), { recursive: true, force: true })
  }
}

/** @throws FirsteightError LAB_NO_RIGHT unless this process runs as root */
export function requireNamespaceRight(): void {
  if (process.geteuid?.() !== 0) throw noRight('this process does not run as root')
}

function noRight(cause: string): FirsteightError {
  return new FirsteightError('LAB_NO_RIGHT', `cannot create a network namespace: ${cause}`, {
    hint: 'Recording needs root: run the same command with sudo. Nothing outside its own namespaces is touched.',
  })
}
