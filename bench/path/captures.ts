import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModelFile } from '../../core/model-file.js'
import { writeCapture } from '../traffic/capture.js'

/** Generated capture files, and a model beside them, in a temporary folder of their own. */
export class Captures {
  readonly #folder: string
  readonly #progress: (text: string) => void

  private constructor(folder: string, progress: (text: string) => void) {
    this.#folder = folder
    this.#progress = progress
  }

  /** Calls back with them, and removes them afterwards. */
  static async with<T>(
    progress: (text: string) => void,
    callback: (captures: Captures) => Promise<T>,
  ): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'firsteight-bench-'))
    try {
      return await callback(new Captures(folder, progress))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  /** A capture of so many packets of so many flows; equal numbers give equal packets. */
  async write(packets: number, flows: number): Promise<string> {
    const path = join(this.#folder, `${packets}-${flows}.pcap`)
    this.#progress(`writing ${packets} packets of ${flows} flows`)
    await writeCapture(path, { seed: 1, packets, flows })
    return path
  }

  async writeModel(model: ModelFile): Promise<string> {
    const path = join(this.#folder, 'network.model')
    await writeFile(path, model.bytes)
    return path
  }

  async remove(path: string): Promise<void> {
    await rm(path)
  }
}
