import { lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RepeatGate } from '../../core/broker/repeat-gate.js'
import { messageOf } from '../../core/errors.js'
import type { Log } from '../../core/log.js'
import { removePartialFiles, type WriteStep, writeFileWhole } from '../../core/write-file.js'

const FILE_NAME = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.pcapng$/
/** Files take whole blocks of the disk; the usual size, bytes. */
const BLOCK = 4096
/** What waits to be written may take so many bytes of memory. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024

export interface EvidenceStoreDependencies {
  folder: string
  budgetBytes: number
  log: Log
  /** Hears of each step of a write; for tests that end the process there. */
  step?: WriteStep
}

export interface StoredFile {
  /** UUID of the alert, or of the command that made the capture. */
  readonly id: string
  /** Length, bytes. */
  readonly bytes: number
  /** When it was last written, microseconds since 1970. */
  readonly writtenAtMicroseconds: number
}

/** Counts since the start. */
export interface EvidenceStoreCounters {
  files: number
  /** Room that the files take, in whole blocks. */
  bytes: number
  /** Deleted, oldest first, because newer ones needed their room. */
  dropped: number
  /** Not written: the disk refused, or too many were waiting. */
  failed: number
}

/**
 * Evidence files on disk, named by id, within a budget that holds across restarts and at every moment: room is made
 * before a file is written, and a file that is replaced counts twice until it is. Writes happen in the background, one
 * after another; each file is there whole or not at all. Files of other names in the folder are left alone.
 */
export class EvidenceStore {
  readonly #dependencies: EvidenceStoreDependencies
  /** Oldest first. */
  readonly #files = new Map<string, StoredFile>()
  readonly #gate = new RepeatGate()
  #room = 0
  #dropped = 0
  #failed = 0
  #waitingBytes = 0
  /** Ids of new files that wait to be written. */
  readonly #waiting = new Set<string>()
  #last: Promise<void> = Promise.resolve()

  /**
   * Makes the folder, deletes what a sudden end left half written, and the oldest files if the budget has shrunk.
   * @throws Error when the folder cannot be read or written
   */
  static async open(dependencies: EvidenceStoreDependencies): Promise<EvidenceStore> {
    const store = new EvidenceStore(dependencies)
    await store.#open()
    return store
  }

  private constructor(dependencies: EvidenceStoreDependencies) {
    this.#dependencies = dependencies
  }

  /** Oldest first. Without those that still wait to be written. */
  get files(): StoredFile[] {
    return [...this.#files.values()]
  }

  get counters(): EvidenceStoreCounters {
    return { files: this.#files.size, bytes: this.#room, dropped: this.#dropped, failed: this.#failed }
  }

  /** @returns false when it will not be written, because too much waits already */
  write(id: string, content: Uint8Array): boolean {
    const accepted = this.#enqueue(content.length, () =>
      this.#put(id, content).finally(() => this.#waiting.delete(id)),
    )
    if (accepted) this.#waiting.add(id)
    return accepted
  }

  /** Whether the file is there, or will be as soon as it is written. */
  has(id: string): boolean {
    return this.#files.has(id) || this.#waiting.has(id)
  }

  /** Adds to a file's end, if it is still there. */
  append(id: string, content: Uint8Array): boolean {
    return this.#enqueue(content.length, async () => {
      const before = this.#files.has(id) ? await readFile(this.#path(id)) : undefined
      if (before !== undefined) await this.#put(id, Buffer.concat([before, content]))
    })
  }

  /** Everything that waited when this was called is on disk, or has failed. */
  settled(): Promise<void> {
    return this.#last
  }

  /** A file's content after what waits has been written; undefined when there is none. */
  async read(id: string): Promise<Uint8Array | undefined> {
    await this.settled()
    if (!this.#files.has(id)) return undefined
    return readFile(this.#path(id)).catch((error) => {
      this.#complain('cannot be read', error)
      return undefined
    })
  }

  async #open(): Promise<void> {
    const { folder } = this.#dependencies
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await removePartialFiles(folder)
    const found: StoredFile[] = []
    for (const name of await readdir(folder)) {
      const id = FILE_NAME.exec(name)?.[1]
      if (id === undefined) continue
      const status = await lstat(join(folder, name))
      if (!status.isFile()) continue
      found.push({ id, bytes: status.size, writtenAtMicroseconds: Math.floor(status.mtimeMs * 1000) })
    }
    found.sort((one, other) => one.writtenAtMicroseconds - other.writtenAtMicroseconds)
    for (const file of found) {
      this.#files.set(file.id, file)
      this.#room += roomOf(file.bytes)
    }
    await this.#makeRoom(0)
  }

  #enqueue(bytes: number, task: () => Promise<void>): boolean {
    if (this.#waitingBytes + bytes > MOST_WAITING_BYTES && this.#waitingBytes > 0) {
      this.#failed++
      return false
    }
    this.#waitingBytes += bytes
    this.#last = this.#last.then(task).then(
      () => this.#gate.clear(),
      (error) => {
        this.#failed++
        this.#complain('cannot be written', error)
      },
    )
    this.#last = this.#last.then(() => {
      this.#waitingBytes -= bytes
    })
    return true
  }

  async #put(id: string, content: Uint8Array): Promise<void> {
    await this.#makeRoom(roomOf(content.length), id)
    const { step } = this.#dependencies
    await writeFileWhole(this.#path(id), content, { mode: 0o600, ...(step && { step }) })
    this.#forget(id)
    const writtenAtMicroseconds = Date.now() * 1000
    this.#files.set(id, { id, bytes: content.length, writtenAtMicroseconds })
    this.#room += roomOf(content.length)
  }

  /**
   * Deletes the oldest files until so many bytes are free.
   * @param kept is not deleted
   */
  async #makeRoom(bytes: number, kept = ''): Promise<void> {
    const { budgetBytes } = this.#dependencies
    if (bytes + roomOf(this.#files.get(kept)?.bytes ?? 0) > budgetBytes)
      throw new Error(`${bytes} bytes do not fit into the budget`)
    for (const { id } of this.files) {
      if (this.#room + bytes <= budgetBytes) return
      if (id === kept) continue
      await rm(this.#path(id), { force: true })
      this.#forget(id)
      this.#dropped++
    }
  }

  #forget(id: string): void {
    const file = this.#files.get(id)
    if (file === undefined) return
    this.#files.delete(id)
    this.#room -= roomOf(file.bytes)
  }

  #complain(problem: string, error: unknown): void {
    const { folder, log } = this.#dependencies
    const text = `evidence in ${folder} ${problem}: ${messageOf(error)}`
    if (this.#gate.allows(text, performance.now())) log.warn({}, text)
  }

  #path(id: string): string {
    return join(this.#dependencies.folder, `${id}.pcapng`)
  }
}

function roomOf(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK
}
