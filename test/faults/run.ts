import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrokerSettings } from '../../core/broker/options.js'
import { ResidentMemory } from './memory.js'
import type { FaultReceiver } from './receiver.js'
import type { WriterOrder, WriterReport } from './writer.js'

const WRITER = new URL('./writer.js', import.meta.url)
/** A drain that gets no alert through for so long has failed. */
const PATIENCE_MILLISECONDS = 120_000

/** What a scenario found. */
export interface Outcome {
  accepted: number
  arrived: number
  lost: number
  repeats: number
  /** Alerts that came again under another event id, or arrived under another than the spool accepted. */
  changed: number
  kills: number
  /** Resident memory of the writer. */
  memory: ResidentMemory
}

/** One writer, killed and started again, with its spool and its ledger. */
export class FaultRun {
  readonly #folder = mkdtempSync(join(tmpdir(), 'firsteight-faults-'))
  readonly #broker: BrokerSettings
  readonly #receiver: FaultReceiver
  #child: ChildProcess | undefined
  #report: WriterReport | undefined
  readonly #memory = new ResidentMemory()
  #kills = 0
  /** Number of the next alert that a writer offers. */
  next = 1

  constructor(broker: BrokerSettings, receiver: FaultReceiver) {
    this.#broker = broker
    this.#receiver = receiver
  }

  /** Starts a writer that offers so many alerts, numbered onward, and lives until it is killed or ended. */
  async start(
    count: number,
    options: Partial<Pick<WriterOrder, 'perSecond' | 'backlogPerSecond' | 'whenConnected'>> = {},
  ): Promise<void> {
    const { perSecond = 0, backlogPerSecond = 100_000, whenConnected = false } = options
    const order: WriterOrder = {
      broker: this.#broker,
      spool: join(this.#folder, 'spool'),
      ledger: this.#ledger,
      first: this.next,
      count,
      perSecond,
      backlogPerSecond,
      whenConnected,
    }
    this.next += count
    this.#report = undefined
    const child = fork(WRITER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#child = child
    child.on('message', (report: WriterReport) => {
      this.#report = report
      this.#memory.take(report.residentBytes, report.queued)
    })
    await once(child, 'spawn')
    child.send(order)
  }

  get report(): WriterReport | undefined {
    return this.#report
  }

  /** Alerts that the spool has accepted so far. */
  get accepted(): number {
    return this.#accepted().size
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    this.#kills++
    await this.#end()
  }

  /** Waits until the writer has offered all of its alerts. */
  async offered(count: number): Promise<void> {
    await this.#until(() => (this.#report?.offered ?? 0) >= count, 'offering')
  }

  /** Waits until nothing waits in the spool. */
  async drained(): Promise<void> {
    await this.#until(() => this.#report?.queued === 0, 'draining')
  }

  /** Ends the writer, waits for what is still on the way, and compares the ledger with what arrived. */
  async finish(): Promise<Outcome> {
    await this.#end()
    const ledger = this.#accepted()
    const missing = () =>
      [...ledger.keys()].filter((number) => this.#receiver.eventIdOf(number) === undefined)
    const end = Date.now() + 30_000
    while (missing().length > 0 && Date.now() < end) await sleep(100)
    const other = [...ledger].filter(([number, id]) => (this.#receiver.eventIdOf(number) ?? id) !== id)
    rmSync(this.#folder, { recursive: true })
    return {
      accepted: ledger.size,
      arrived: ledger.size - missing().length,
      lost: missing().length,
      repeats: this.#receiver.repeats,
      changed: this.#receiver.changed + other.length,
      kills: this.#kills,
      memory: this.#memory,
    }
  }

  /** Ends it without a look at what arrived. */
  async abandon(): Promise<void> {
    await this.#end()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #ledger(): string {
    return join(this.#folder, 'ledger')
  }

  #accepted(): Map<number, string> {
    if (!existsSync(this.#ledger)) return new Map()
    const lines = readFileSync(this.#ledger, 'utf8').split('\n')
    const entries = lines.map((line) => line.split(' ')).filter(([, id]) => id?.length === 36)
    return new Map(entries.map(([number, id]) => [Number(number), id!]))
  }

  async #end(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    let last = ''
    let since = Date.now()
    while (!condition()) {
      const now = `${this.#receiver.count} ${this.#report?.offered} ${this.#report?.queued}`
      if (now !== last) since = Date.now()
      last = now
      if (Date.now() - since > PATIENCE_MILLISECONDS)
        throw new Error(`${what}: nothing moves any more (${now})`)
      await sleep(20)
    }
  }
}
