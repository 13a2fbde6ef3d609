import { existsSync } from 'node:fs'
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const ROOT = '/sys/fs/cgroup'
/** Microseconds in which a share of the processor is granted (cfs_period_us); the kernel's default. */
const PERIOD = 100_000

let created = 0

/** A pair of control groups, version 1, that a process starts in: so much of one processor, and so many bytes. */
export class Limits {
  readonly #cpu: string
  readonly #memory: string

  private constructor(name: string) {
    this.#cpu = join(ROOT, 'cpu', name)
    this.#memory = join(ROOT, 'memory', name)
  }

  /** Why they cannot be had here; undefined when they can. */
  static findMissing(): string | undefined {
    const there = ['cpu', 'memory'].every((controller) => existsSync(join(ROOT, controller, 'cgroup.procs')))
    return there ? undefined : 'there are no control groups of version 1 for cpu and memory'
  }

  /**
   * @param share of one processor, above 0
   * @throws Error when this process may not
   */
  static async create(share: number, bytes: number): Promise<Limits> {
    created += 1
    const limits = new Limits(`firsteight-${process.pid}-${created}`)
    await mkdir(limits.#cpu)
    await mkdir(limits.#memory)
    await writeFile(join(limits.#cpu, 'cpu.cfs_period_us'), `${PERIOD}`)
    await writeFile(join(limits.#cpu, 'cpu.cfs_quota_us'), `${Math.round(share * PERIOD)}`)
    await writeFile(join(limits.#memory, 'memory.limit_in_bytes'), `${bytes}`)
    return limits
  }

  /** Runs a command inside, with its children. */
  get through(): string[] {
    const enter =
      'set -e; for folder in "$1" "$2"; do echo $$ >"$folder/cgroup.procs"; done; shift 2; exec "$@"'
    return ['sh', '-c', enter, 'sh', this.#cpu, this.#memory]
  }

  /** Most bytes that it took, and how often its memory was full: pages of files are dropped then. */
  async memory(): Promise<{ most: number; full: number }> {
    const [most, full] = await Promise.all(
      ['memory.max_usage_in_bytes', 'memory.failcnt'].map(async (file) =>
        Number(await readFile(join(this.#memory, file), 'utf8')),
      ),
    )
    return { most: most!, full: full! }
  }

  /** Removes the groups once what ran inside has ended. */
  async delete(): Promise<void> {
    for (const folder of [this.#cpu, this.#memory]) {
      for (let attempt = 0; existsSync(folder); attempt++) {
        try {
          await rmdir(folder)
        } catch (error) {
          if (attempt === 50) throw error
          await sleep(100)
        }
      }
    }
  }
}
