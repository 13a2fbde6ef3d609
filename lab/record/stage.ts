import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Namespace } from './namespace.js'
import { type Finished, type RunningProgram, type RunOptions, run, runOrFail, start } from './process.js'
import type { ProgramName } from './programs.js'

/**
 * What one scenario plays on: a temporary folder, network namespaces, and the programs it may start in them.
 * Everything is gone after `clear`.
 */
export class Stage {
  /** Temporary folder, removed by `clear`. */
  readonly folder: string
  /** Every command that ran, without the `ip netns exec` before it. */
  readonly commands: (readonly string[])[] = []
  readonly #paths: ReadonlyMap<ProgramName, string>
  readonly #namespaces: Namespace[] = []
  readonly #running: { running: RunningProgram; stopSignal: NodeJS.Signals }[] = []
  readonly #signal: AbortSignal | undefined

  private constructor(folder: string, paths: ReadonlyMap<ProgramName, string>, signal?: AbortSignal) {
    this.folder = folder
    this.#paths = paths
    this.#signal = signal
  }

  /** @param paths full paths of every program that the scenario names */
  static async create(paths: ReadonlyMap<ProgramName, string>, signal?: AbortSignal): Promise<Stage> {
    return new Stage(await mkdtemp(join(tmpdir(), 'firsteight-record-')), paths, signal)
  }

  get signal(): AbortSignal | undefined {
    return this.#signal
  }

  path(program: ProgramName): string {
    const path = this.#paths.get(program)
    if (path === undefined) throw new Error(`the scenario does not name ${program} among its programs`)
    return path
  }

  async namespace(): Promise<Namespace> {
    const namespace = await Namespace.create(this.path('ip'))
    this.#namespaces.push(namespace)
    return namespace
  }

  /** Writes a file into the temporary folder. @returns its path */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.folder, name)
    await writeFile(path, content, { mode: 0o600 })
    return path
  }

  /**
   * Starts a server; `clear` stops it.
   * @param ready what it says once it serves
   * @param stopSignal for a program that would send something when it is asked to end
   */
  async start(
    namespace: Namespace,
    program: ProgramName,
    parameters: readonly string[],
    ready: RegExp,
    stopSignal: NodeJS.Signals = 'SIGTERM',
  ): Promise<RunningProgram> {
    const command = this.#note(program, parameters)
    const running = await start(namespace.command(command), ready, this.#signal)
    this.#running.push({ running, stopSignal })
    return running
  }

  /** Runs a client to its end; its exit code is not judged. */
  run(
    namespace: Namespace,
    program: ProgramName,
    parameters: readonly string[],
    options: RunOptions = {},
  ): Promise<Finished> {
    const command = this.#note(program, parameters)
    return run(namespace.command(command), { ...options, signal: this.#signal })
  }

  /** Runs a tool in the temporary folder's service, outside any namespace. @throws FirsteightError LAB_PROGRAM_FAILED */
  tool(program: ProgramName, parameters: readonly string[]): Promise<Finished> {
    return runOrFail(this.#note(program, parameters), { signal: this.#signal })
  }

  /** Stops what still runs, last started first. */
  async stopPrograms(): Promise<void> {
    for (const { running, stopSignal } of this.#running.splice(0).reverse()) await running.stop(stopSignal)
  }

  /** Stops everything, deletes the namespaces and the temporary folder. Safe to call more than once. */
  async clear(): Promise<void> {
    await this.stopPrograms()
    for (const namespace of this.#namespaces.splice(0)) await namespace.delete()
    await rm(this.folder, { recursive: true, force: true })
  }

  #note(program: ProgramName, parameters: readonly string[]): readonly string[] {
    const command = [this.path(program), ...parameters]
    this.commands.push(command)
    return command
  }
}
