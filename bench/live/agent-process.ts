import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { packageFile } from '../../core/package-files.js'
import { programEnvironment } from '../environment.js'
import type { ProbeReading } from './probe.js'
import { childrenOf, cpuSecondsOf, type Memory, memoryOf } from './process-statistics.js'

const MAIN = packageFile('dist/program/main.js')
const PROBE = new URL('./probe.js', import.meta.url).href
/** A tenth of a processor takes ten times as long. */
const READY_MILLISECONDS = 120_000
const READING_MILLISECONDS = 30_000

/** The parts of `firsteight run --json`'s last line that are looked at. */
export interface AgentSummary {
  packets: number
  streams: number
  short: number
  anomalies: number
  capture: { received: number | 'unknown'; dropped: number | 'unknown' }
  alerts: { publishedAlerts: number; suppressedAlerts: number }
  link: { published: number; acknowledged: number }
}

export interface AgentOptions {
  /** A program and arguments that run the agent, such as `ip netns exec NAME`. */
  through?: readonly string[]
  /** Options for Node.js itself. */
  node?: readonly string[]
  environment?: Record<string, string>
  /** Without it nothing but the agent is in its process. */
  probe?: boolean
}

/** `firsteight run` in a process of its own, as a user starts it. */
export class AgentProcess {
  readonly #child: ChildProcess
  readonly #started = performance.now()
  readonly #ended: Promise<unknown>
  #output = ''
  #errors = ''
  #firstAlert: number | undefined
  #waiting: (() => void)[] = []

  /** @param args of `firsteight run` */
  constructor(args: readonly string[], options: AgentOptions = {}) {
    const { through = [], node = [], environment = {}, probe = true } = options
    const [program = '', ...rest] = [
      ...through,
      process.execPath,
      ...[...node, ...(probe ? ['--import', PROBE] : []), MAIN, 'run', '--json', ...args],
    ]
    this.#child = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'pipe', ...(probe ? ['ipc' as const] : [])],
      env: programEnvironment(environment),
    })
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#firstAlert ??= performance.now() - this.#started
      this.#output += text
      this.#wake()
    })
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text
      this.#wake()
    })
    this.#ended = once(this.#child, 'close').then(() => this.#wake())
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** @throws Error with what it said, when it ends first or takes too long */
  async capturing(): Promise<void> {
    await this.#until(() => this.#errors.includes('capturing from'), 'began to capture')
  }

  /** Milliseconds from its start to its first line of output, which is its first alert. */
  async firstAlert(): Promise<number> {
    await this.#until(() => this.#firstAlert !== undefined, 'published an alert')
    return this.#firstAlert!
  }

  /** What the probe has measured since the last reading. */
  async reading(): Promise<ProbeReading> {
    const answer = once(this.#child, 'message', { signal: AbortSignal.timeout(READING_MILLISECONDS) })
    this.#child.send('read')
    for (let message: unknown = (await answer)[0]; ; [message] = await once(this.#child, 'message')) {
      if (message !== 'ready') return message as ProbeReading
    }
  }

  memory(): Memory {
    return memoryOf(this.pid)
  }

  /** Seconds of processor time of the agent and of the capture program that it runs. */
  cpuSeconds(): { agent: number; program: number } {
    const program = childrenOf(this.pid).reduce((sum, pid) => sum + cpuSecondsOf(pid), 0)
    return { agent: cpuSecondsOf(this.pid), program }
  }

  /** Whether it has ended, in whatever way. */
  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  async ended(): Promise<AgentSummary> {
    await this.#ended
    const last = this.#output.trimEnd().split('\n').at(-1) ?? ''
    if (this.#child.exitCode !== 0 || !last.startsWith('{"summary":'))
      throw this.#failed('did not end as it should')
    return (JSON.parse(last) as { summary: AgentSummary }).summary
  }

  /** Ends it as Ctrl-C does. */
  stop(): Promise<AgentSummary> {
    this.#child.kill('SIGINT')
    return this.ended()
  }

  /** Ends it at once, if it still runs. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + READY_MILLISECONDS
    while (!holds()) {
      if (this.hasEnded || performance.now() > deadline) throw this.#failed(`never ${what}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000)
        this.#waiting.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #failed(what: string): Error {
    return new Error(`the agent ${what}: ${(this.#errors + this.#output).slice(-2000)}`)
  }
}
