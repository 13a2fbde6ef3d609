import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { FirsteightError } from '../../core/errors.js'

/** How much of a program's output is kept, characters; the oldest goes first. */
const OUTPUT_LIMIT = 65_536
const READY_MILLISECONDS = 15_000
const STOP_MILLISECONDS = 3_000

/** What a program that ran to its end left behind. */
export interface Finished {
  /** Exit code; undefined when a signal ended it. */
  code: number | undefined
  /** Standard output and standard error, in the order of arrival; at most the last 65,536 characters. */
  output: string
}

export interface RunOptions {
  /** Written to standard input piece by piece, `pauseMilliseconds` apart; then standard input is closed. */
  input?: readonly (string | Uint8Array)[]
  pauseMilliseconds?: number
  /** SIGTERM after this time; the run counts as finished all the same. Default 60 s. */
  timeoutMilliseconds?: number
  environment?: Record<string, string>
  signal?: AbortSignal | undefined
}

/**
 * Runs a program to its end. The exit code is the caller's to judge: many clients end with another code
 * than 0 when a server refuses, which is what a recording wants.
 * @throws FirsteightError LAB_PROGRAM_FAILED when it cannot be started; the signal's reason when aborted
 */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
  options.signal?.throwIfAborted()
  const running = new RunningProgram(command, options.environment)
  const stop = () => void running.stop()
  const timer = setTimeout(stop, options.timeoutMilliseconds ?? 60_000)
  options.signal?.addEventListener('abort', stop)
  try {
    await running.feed(options.input ?? [], options.pauseMilliseconds ?? 0)
    const code = await running.ended
    options.signal?.throwIfAborted()
    return { code, output: running.output }
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', stop)
  }
}

/** Like `run`, for programs whose failure spoils the recording. @throws FirsteightError LAB_PROGRAM_FAILED */
export async function runOrFail(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const finished = await run(command, options)
  if (finished.code !== 0) throw programFailed(command, `ended with code ${finished.code}`, finished.output)
  return finished
}

/**
 * Starts a program that stays and waits until its output says that it is ready.
 * @throws FirsteightError LAB_PROGRAM_FAILED when it ends or stays silent first; it is stopped then
 */
export async function start(
  command: readonly string[],
  ready: RegExp,
  signal?: AbortSignal,
): Promise<RunningProgram> {
  signal?.throwIfAborted()
  const running = new RunningProgram(command)
  try {
    await running.outputMatching(ready, READY_MILLISECONDS, signal)
    return running
  } catch (error) {
    await running.stop()
    throw error
  }
}

/** A child process with its output, ended in an orderly way by `stop`. */
export class RunningProgram {
  /** Resolves with the exit code, or undefined when a signal ended the program. */
  readonly ended: Promise<number | undefined>
  readonly command: readonly string[]
  #child: ChildProcess
  #output = ''
  #hasEnded = false
  #waiters = new Set<() => void>()

  constructor(command: readonly string[], environment: Record<string, string> = {}) {
    this.command = command
    this.#child = spawn(command[0] ?? '', command.slice(1), {
      stdio: 'pipe',
      env: { ...process.env, LC_ALL: 'C', ...environment },
    })
    this.#child.stdout?.on('data', (data) => this.#take(data))
    this.#child.stderr?.on('data', (data) => this.#take(data))
    // A program that ends early closes its standard input; what it said tells why.
    this.#child.stdin?.on('error', () => {})
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', (error) => {
        this.#finish()
        reject(programFailed(command, `did not start: ${error.message}`, ''))
      })
      this.#child.once('close', (code) => {
        this.#finish()
        resolve(code ?? undefined)
      })
    })
    this.ended.catch(() => {})
  }

  get output(): string {
    return this.#output
  }

  /** Writes pieces to standard input, `pauseMilliseconds` apart, then closes it. */
  async feed(pieces: readonly (string | Uint8Array)[], pauseMilliseconds: number): Promise<void> {
    for (const piece of pieces) {
      if (this.#hasEnded) return
      this.#child.stdin?.write(piece)
      if (pauseMilliseconds > 0) await delay(pauseMilliseconds)
    }
    this.#child.stdin?.end()
  }

  /** Writes to standard input and leaves it open. */
  write(piece: string | Uint8Array): void {
    this.#child.stdin?.write(piece)
  }

  async outputMatching(pattern: RegExp, timeoutMilliseconds: number, signal?: AbortSignal): Promise<void> {
    const deadline = Date.now() + timeoutMilliseconds
    while (!pattern.test(this.#output)) {
      signal?.throwIfAborted()
      if (this.#hasEnded) {
        await this.ended
        throw programFailed(this.command, `ended before it was ready`, this.#output)
      }
      if (Date.now() > deadline) throw programFailed(this.command, `did not say ${pattern}`, this.#output)
      await this.#change(100)
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Asks the program to end, then ends it and no longer listens to it. Safe to call more than once. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#hasEnded) return
    this.#child.kill(signal)
    const timer = setTimeout(() => {
      this.#child.kill('SIGKILL')
      // A child of its own that outlives it would keep the pipes open, and this waiting.
      this.#child.stdout?.destroy()
      this.#child.stderr?.destroy()
    }, STOP_MILLISECONDS)
    await once(this.#child, 'close')
    clearTimeout(timer)
  }

  #take(data: Buffer): void {
    this.#output = (this.#output + data.toString('utf8')).slice(-OUTPUT_LIMIT)
    this.#wake()
  }

  #finish(): void {
    this.#hasEnded = true
    this.#wake()
  }

  #wake(): void {
    for (const waiter of this.#waiters) waiter()
    this.#waiters.clear()
  }

  /** Resolves at the next output, at the end, or after some milliseconds. */
  #change(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#waiters.add(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}

function programFailed(command: readonly string[], what: string, output: string): FirsteightError {
  const lines = output.trim().split('\n').slice(-5).join('\n')
  return new FirsteightError(
    'LAB_PROGRAM_FAILED',
    `${command.join(' ').slice(0, 300)} ${what}${lines && `:\n${lines}`}`,
    { hint: 'Run the command by hand to see what it lacks.', details: { command, output } },
  )
}
