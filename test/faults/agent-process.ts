import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { statePath } from '../../agent/state-folder.js'
import { formatTrustFile } from '../../core/signature/trusted-keys.js'
import { MAIN } from '../support/command-line.js'
import { testKey, trusting } from '../support/signing.js'
import { putDatagram, RECORD_BYTES, streamHeader } from './datagrams.js'

/** No datagram is held back, so that each becomes an alert. */
const CAP_PER_MINUTE = 100_000
/** The least: older files go. */
const EVIDENCE_BYTES = 4 * 1024 * 1024

/** `firsteight run` that captures from a FIFO, in a folder that outlives it. */
export class AgentProcess {
  readonly #child: ChildProcess
  readonly #fifo: string
  readonly #pipe: number
  readonly #closed: Promise<unknown>
  #stdout = ''
  #stderr = ''

  /**
   * @param folder its state folder, where its spool is
   * @param url of its broker
   */
  constructor(folder: string, url: string) {
    this.#fifo = join(folder, 'capture.fifo')
    rmSync(this.#fifo, { force: true })
    execFileSync('mkfifo', [this.#fifo])
    // Open for reading, too, so that neither end waits for the other.
    this.#pipe = openSync(this.#fifo, constants.O_RDWR | constants.O_NONBLOCK)
    writeSync(this.#pipe, streamHeader())
    const settings = join(folder, 'settings.json')
    writeFileSync(
      settings,
      JSON.stringify({
        site: 'faults',
        node: 'agent',
        stateFolder: folder,
        capture: { kind: 'stream', file: this.#fifo },
        broker: { url, keepaliveSeconds: 5 },
        outbox: { backlogPerSecond: CAP_PER_MINUTE },
        alerts: { capPerMinute: CAP_PER_MINUTE },
        evidence: { budgetBytes: EVIDENCE_BYTES },
      }),
    )
    writeFileSync(statePath(folder, 'trustedKeys'), formatTrustFile(trusting(testKey('ops'))), {
      mode: 0o600,
    })
    this.#child = spawn(process.execPath, [MAIN, 'run', '--json', '--config', settings], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout!.on('data', (data) => (this.#stdout += data))
    this.#child.stderr!.on('data', (data) => (this.#stderr += data))
    this.#closed = once(this.#child, 'close')
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Datagrams of new flows, with numbers from `first` on. @returns how many the FIFO took: all or none */
  capture(first: number, count: number): number {
    const bytes = Buffer.alloc(count * RECORD_BYTES)
    for (let index = 0; index < count; index++) {
      const number = first + index
      const flow = { client: 0x0a000000 + number, port: 5000, server: 0xc6336400 + (number & 255) }
      putDatagram(bytes, index * RECORD_BYTES, Date.now() * 1000, flow)
    }
    try {
      return writeSync(this.#pipe, bytes) === bytes.length ? count : 0
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
      throw error
    }
  }

  /** Event ids of the alerts that it printed, which it does once the spool has them. */
  get printed(): string[] {
    const lines = this.#stdout.split('\n').slice(0, -1)
    return lines.map((line) => JSON.parse(line)).flatMap(({ eventId }) => eventId ?? [])
  }

  /** What it said at its end, which nobody asked for. */
  async complaint(): Promise<string> {
    await this.#closed
    return this.#stdout.slice(-1000) + this.#stderr.slice(-1000)
  }

  async end(signal: 'SIGKILL' | 'SIGINT'): Promise<void> {
    this.#child.kill(signal)
    await this.#closed
    closeSync(this.#pipe)
  }
}
