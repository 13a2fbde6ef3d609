import { closeSync, fsync, fsyncSync, openSync } from 'node:fs'
import { promisify } from 'node:util'

/**
 * When an alert counts as being on the disk, and may be offered to the broker.
 * `record`: each is written through before `push` returns. `group`: together with those that came within a tenth of a
 * second. `system`: when the system has taken it; it then outlives the process, but not a loss of power.
 */
export type SyncPolicy = 'record' | 'group' | 'system'

/** A file whose last records may not be on the disk for good (segment.ts). */
export interface Unsynced {
  /** @throws the system's error; the records then count as synced all the same */
  sync(): Promise<void>
  syncNow(): void
  countAsSynced(): void
}

export interface WriteThroughDependencies {
  folder: string
  policy: SyncPolicy
  unsynced(): readonly Unsynced[]
  /** A group has been written through. */
  done(): void
  /** It could not be. The records are written either way, and are offered all the same. */
  failed(error: unknown): void
}

/** From one group's writing through to the next. */
const GROUP_MILLISECONDS = 100

const syncFolder = promisify(fsync)

/** Writes through to the disk what a spool has written, and its folder where files are new, as its policy says. */
export class WriteThrough {
  readonly #dependencies: WriteThroughDependencies
  #folderChanged = false
  #timer: NodeJS.Timeout | undefined
  #syncing: Promise<void> | undefined
  #last = Number.NEGATIVE_INFINITY

  constructor(dependencies: WriteThroughDependencies) {
    this.#dependencies = dependencies
  }

  /** A file was made in the folder. */
  folderChanged(): void {
    this.#folderChanged = true
  }

  /** Records were written. Never throws. */
  written(): void {
    const { policy, unsynced } = this.#dependencies
    if (policy === 'group') this.#request()
    else if (policy === 'record') this.#syncNow()
    else for (const file of unsynced()) file.countAsSynced()
  }

  /** Writes through what is left. Never rejects. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#syncing
    await this.#sync()
    clearTimeout(this.#timer)
  }

  #syncNow(): void {
    const { unsynced, failed } = this.#dependencies
    try {
      if (this.#folderChanged) this.#withFolder((file) => fsyncSync(file))
      this.#folderChanged = false
      for (const file of unsynced()) file.syncNow()
    } catch (error) {
      failed(error)
    }
  }

  #request(): void {
    if (this.#timer !== undefined || this.#syncing !== undefined) return
    const wait = this.#last + GROUP_MILLISECONDS - performance.now()
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#syncing = this.#sync().finally(() => {
          this.#syncing = undefined
          this.#dependencies.done()
          if (this.#dependencies.unsynced().length > 0) this.#request()
        })
      },
      Math.max(0, wait),
    )
  }

  /** Never rejects. */
  async #sync(): Promise<void> {
    const { unsynced, failed } = this.#dependencies
    const folderChanged = this.#folderChanged
    this.#folderChanged = false
    this.#last = performance.now()
    try {
      if (folderChanged) await this.#withFolder((file) => syncFolder(file))
      await Promise.all(unsynced().map((file) => file.sync()))
    } catch (error) {
      failed(error)
    }
  }

  #withFolder<T>(use: (file: number) => T): T {
    const file = openSync(this.#dependencies.folder, 'r')
    const done = () => closeSync(file)
    try {
      const result = use(file)
      if (result instanceof Promise) return result.finally(done) as T
      done()
      return result
    } catch (error) {
      done()
      throw error
    }
  }
}
