import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FirsteightError, messageOf, systemCodeOf } from '../../core/errors.js'
import { removePartialFiles, type WriteStep, writeFileWhole } from '../../core/write-file.js'
import type { Level } from './levels.js'

/** The last good message of each level, as it was signed: one file a level, each whole or not there. */
export class DesiredStore {
  readonly #folder: string
  readonly #step: WriteStep | undefined

  /**
   * Makes the folder where it is missing, and clears away what a cut off write left behind.
   * @param step hears of each step of a write; for tests that end the process there
   * @throws FirsteightError FILE_UNWRITABLE
   */
  static async open(folder: string, step?: WriteStep): Promise<DesiredStore> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await removePartialFiles(folder)
    } catch (error) {
      throw new FirsteightError('FILE_UNWRITABLE', `state folder ${folder}: ${messageOf(error)}`, {
        hint: 'Let the user of the agent write to it, or enrol the agent elsewhere.',
        details: { file: folder },
        cause: error,
      })
    }
    return new DesiredStore(folder, step)
  }

  private constructor(folder: string, step: WriteStep | undefined) {
    this.#folder = folder
    this.#step = step
  }

  /**
   * @returns undefined when there is none
   * @throws FirsteightError FILE_UNREADABLE
   */
  async read(level: Level): Promise<Uint8Array | undefined> {
    const path = this.#path(level)
    try {
      return await readFile(path)
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return undefined
      throw new FirsteightError('FILE_UNREADABLE', `settings from the fleet, ${path}: ${messageOf(error)}`, {
        hint: 'Check the permissions of the state folder.',
        details: { file: path },
        cause: error,
      })
    }
  }

  /**
   * Durable when it returns.
   * @throws FirsteightError FILE_UNWRITABLE; then the file is as it was
   */
  async write(level: Level, envelope: Uint8Array): Promise<void> {
    await writeFileWhole(this.#path(level), envelope, {
      mode: 0o600,
      ...(this.#step && { step: this.#step }),
    })
  }

  #path(level: Level): string {
    return join(this.#folder, `${level}.envelope`)
  }
}
