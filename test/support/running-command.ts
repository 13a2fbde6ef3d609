import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'
import { MAIN } from './command-line.js'
import { until } from './link.js'

/** A `firsteight` command that runs until it is stopped. Killed at the end of the test. */
export class RunningCommand {
  stdout = ''
  stderr = ''
  readonly process: ChildProcess
  readonly #exit: Promise<unknown>

  /** @param options.through a program and arguments that run the command, such as `ip netns exec NAME` */
  constructor(t: Test, args: string[], options: { through?: string[] } = {}) {
    const [program, ...rest] = [...(options.through ?? []), process.execPath, MAIN, ...args]
    this.process = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.process.stdout!.on('data', (data) => (this.stdout += data))
    this.process.stderr!.on('data', (data) => (this.stderr += data))
    this.#exit = once(this.process, 'close')
    t.teardown(() => this.process.kill('SIGKILL'))
  }

  /** Waits until its output holds this text, `times` over. */
  says(text: string, { times = 1, seconds }: { times?: number; seconds?: number } = {}): Promise<void> {
    const holds = () => (this.stdout + this.stderr).split(text).length > times
    return until(`"${text}" ${times} times in the output`, holds, seconds)
  }

  /** The JSON objects printed so far. */
  objects(): Record<string, unknown>[] {
    return this.stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
  }

  /** Waits for its end. Returns the exit code. */
  async ended(): Promise<number | null> {
    await this.#exit
    return this.process.exitCode
  }

  /** Asks it to end as Ctrl-C does, and waits. Returns the exit code. */
  stop(): Promise<number | null> {
    this.process.kill('SIGINT')
    return this.ended()
  }
}
