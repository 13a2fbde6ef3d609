import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Namespace } from '../../lab/record/namespace.js'
import { type RunningProgram, run, start } from '../../lab/record/process.js'
import { Sender } from './sender.js'

/** The end of a cable that the agent captures on. */
export const INTERFACE = 'sensor0'
/** In a namespace of its own every port is free. */
const BROKER_PORT = 1883

/** A network namespace of the benchmark's own: a pair of Ethernet interfaces, a broker on loopback, a sender. */
export class Site {
  readonly #namespace: Namespace
  readonly #broker: RunningProgram
  readonly #sender: Sender
  /** For temporary files. */
  readonly folder: string

  private constructor(namespace: Namespace, broker: RunningProgram, sender: Sender, folder: string) {
    this.#namespace = namespace
    this.#broker = broker
    this.#sender = sender
    this.folder = folder
  }

  /** @throws Error, FirsteightError when something of it cannot be had here; findMissing tells beforehand */
  static async create(): Promise<Site> {
    const folder = await mkdtemp(join(tmpdir(), 'firsteight-site-'))
    let namespace: Namespace | undefined
    try {
      namespace = await Namespace.create('ip')
      await namespace.ip('link', 'add', INTERFACE, 'type', 'veth', 'peer', 'name', 'sensor1')
      for (const name of [INTERFACE, 'sensor1']) {
        const off = ['tx', 'rx', 'sg', 'tso', 'gso', 'gro'].flatMap((feature) => [feature, 'off'])
        // A feature that this kernel does not let change is no reason to stop: what matters are tso, gso and gro.
        await run(namespace.command(['ethtool', '-K', name, ...off]))
        await namespace.ip('link', 'set', name, 'up')
      }
      const broker = await start(
        namespace.command(['mosquitto', '-p', `${BROKER_PORT}`]),
        /mosquitto .* running/,
      )
      return new Site(namespace, broker, await Sender.build(folder), folder)
    } catch (error) {
      await namespace?.delete()
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Runs a command inside. */
  get through(): string[] {
    return this.#namespace.command([])
  }

  /** Options that have `firsteight run` publish to the broker inside. */
  get brokerOptions(): string[] {
    return ['--broker', `mqtt://127.0.0.1:${BROKER_PORT}`]
  }

  send(rate: number, seconds: number): Promise<{ sent: number; seconds: number }> {
    return this.#sender.send(this.through, INTERFACE, rate, seconds)
  }

  /** Sends a few frames, to see whether it can. @throws Error with the reason */
  async trySending(): Promise<void> {
    await this.send(1000, 0.01)
  }

  async delete(): Promise<void> {
    await this.#broker.stop()
    await this.#namespace.delete()
    await rm(this.folder, { recursive: true, force: true })
  }
}
