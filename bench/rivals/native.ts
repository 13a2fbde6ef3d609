import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { firsteight } from '../../generated/messages.js'
import type { TimedWork } from '../measure.js'

const SOURCES = fileURLToPath(new URL('../../../bench/native/', import.meta.url))
const FLAGS = ['-O3', '-march=native', '-ffast-math', '-Wall', '-Wextra', '-Werror']

export type NativeKind = 'float' | 'int16'

/** The network in C, in a process of its own that scores the same patterns when told to, and times itself. */
export class NativeNetwork {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #patterns: number
  readonly #folder: string

  private constructor(child: ChildProcess, patterns: number, folder: string) {
    this.#child = child
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
    this.#patterns = patterns
    this.#folder = folder
  }

  /**
   * Compiles and starts it.
   * @param context a checked context of a model file
   * @param patterns eight bytes each, a multiple of four patterns
   * @param unroll whether a directive has the compiler write out the float network's loops
   * @throws when there is no gcc, or it fails
   */
  static async start(
    context: firsteight.v1.ContextModel,
    patterns: Uint8Array,
    unroll = false,
  ): Promise<NativeNetwork> {
    const folder = await mkdtemp(join(tmpdir(), 'firsteight-native-'))
    try {
      const [program, network, inputs] = ['program', 'network', 'patterns'].map((name) =>
        join(folder, name),
      ) as [string, string, string]
      const sources = ['main.c', 'float.c', 'int16.c'].map((name) => join(SOURCES, name))
      const options = [...FLAGS, ...widths(context), ...(unroll ? ['-DUNROLL'] : [])]
      await promisify(execFile)('gcc', [...options, ...sources, '-o', program, '-lm'])
      await writeFile(network, networkBytes(context))
      await writeFile(inputs, patterns)
      const child = spawn(program, [network, inputs], { stdio: ['pipe', 'pipe', 'inherit'] })
      // A process that ends answers nothing, which is noticed where the answer is read.
      child.on('error', () => {})
      child.stdin.on('error', () => {})
      return new NativeNetwork(child, patterns.length / 8, folder)
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Loss of each pattern: in units of 2^-26 from `int16`, 64 times the loss from `float`. */
  async losses(kind: NativeKind): Promise<Float64Array> {
    this.#child.stdin!.write(`losses ${kind}\n`)
    const losses = new Float64Array(this.#patterns)
    for (let i = 0; i < losses.length; i++) losses[i] = await this.#number()
    return losses
  }

  /** Scores all patterns. */
  work(kind: NativeKind, name: string): TimedWork {
    return {
      name,
      seconds: async (milliseconds) => {
        this.#child.stdin!.write(`time ${kind} ${milliseconds / 1000}\n`)
        return await this.#number()
      },
    }
  }

  async close(): Promise<void> {
    this.#child.stdin!.end()
    this.#child.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #number(): Promise<number> {
    const { value, done } = await this.#lines.next()
    const number = Number(value)
    if (done || !Number.isFinite(number)) throw new Error(`the native network answered ${value}`)
    return number
  }
}

function visibleBytes(mask: Uint8Array): number[] {
  return [...mask.keys()].filter((byte) => mask[byte] !== 0)
}

function widths({ layers, inputMask }: firsteight.v1.ContextModel): string[] {
  return [
    `-DHIDDEN=${layers[0]!.outputs}`,
    `-DBOTTLENECK=${layers[1]!.outputs}`,
    `-DBYTES=${visibleBytes(inputMask).length}`,
  ]
}

/** `struct network` of bench/native/network.h. */
function networkBytes(context: firsteight.v1.ContextModel): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.set(visibleBytes(context.inputMask))
  const floats = [
    context.lossWeights,
    ...context.layers.flatMap((layer) => [layer.weights as number[], layer.biases as number[]]),
  ]
  return Buffer.concat([
    context.inputMask,
    bytes,
    ...floats.map((values) => Buffer.from(Float32Array.from(values).buffer)),
  ])
}
