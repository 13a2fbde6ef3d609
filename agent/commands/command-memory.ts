import { readFile } from 'node:fs/promises'
import { messageOf, systemCodeOf } from '../../core/errors.js'
import type { Log } from '../../core/log.js'
import { type WriteStep, writeFileWhole } from '../../core/write-file.js'

/** A command that was begun. */
export interface DoneCommand {
  /** UUID. */
  readonly id: string
  /** SHA-256 of its payload, hex. */
  readonly digest: string
  /** Validity of its envelope, microseconds since 1970. */
  readonly notBefore: number
  readonly expiresAt: number
  /** Encoded CommandResult, base64; undefined: it was begun and has not ended. */
  readonly result?: string
}

/** Commands remembered. */
export const MOST_REMEMBERED = 256

/**
 * Which commands were begun, in a file of the state folder, so that none is carried out twice: not after a restart,
 * nor after the process was killed on the way. When full, expired ones are forgotten first; then the one that became
 * valid first, and from then on whatever became valid no later is refused, because nobody knows whether it was done.
 */
export class CommandMemory {
  readonly #path: string
  readonly #step: WriteStep | undefined
  readonly #commands = new Map<string, DoneCommand>()
  #floor = 0
  #writing: Promise<void> = Promise.resolve()

  /** A file that cannot be read means that everything up to `now` is forgotten. */
  static async open(path: string, now: number, log: Log, step?: WriteStep): Promise<CommandMemory> {
    const memory = new CommandMemory(path, step)
    try {
      memory.#read(await readFile(path, 'utf8'))
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') {
        memory.#commands.clear()
        memory.#floor = now
        log.warn(
          {},
          `commands done before now are forgotten, and older ones refused: ${path}: ${messageOf(error)}`,
        )
      }
    }
    return memory
  }

  private constructor(path: string, step: WriteStep | undefined) {
    this.#path = path
    this.#step = step
  }

  find(id: string): DoneCommand | undefined {
    return this.#commands.get(id)
  }

  /** Whether a command that is not remembered may have been done all the same. */
  isForgotten(notBefore: number): boolean {
    return notBefore <= this.#floor
  }

  /**
   * Remembers it, on disk before it is carried out.
   * @throws FirsteightError FILE_UNWRITABLE; then it is not remembered
   */
  async begin(command: DoneCommand, now: number): Promise<void> {
    if (this.#commands.size >= MOST_REMEMBERED) this.#forget(now)
    this.#commands.set(command.id, command)
    try {
      await this.#write()
    } catch (error) {
      this.#commands.delete(command.id)
      throw error
    }
  }

  /** @throws FirsteightError FILE_UNWRITABLE; it stays remembered as begun */
  async finish(id: string, result: Uint8Array): Promise<void> {
    const command = this.#commands.get(id)
    if (command === undefined) return
    this.#commands.set(id, { ...command, result: Buffer.from(result).toString('base64') })
    await this.#write()
  }

  #forget(now: number): void {
    for (const { id, expiresAt } of [...this.#commands.values()]) {
      if (expiresAt <= now) this.#commands.delete(id)
    }
    if (this.#commands.size < MOST_REMEMBERED) return
    const oldest = [...this.#commands.values()].reduce((a, b) => (b.notBefore < a.notBefore ? b : a))
    this.#commands.delete(oldest.id)
    this.#floor = Math.max(this.#floor, oldest.notBefore)
  }

  #write(): Promise<void> {
    const write = () => {
      const text = JSON.stringify({ floor: this.#floor, commands: [...this.#commands.values()] })
      return writeFileWhole(this.#path, `${text}\n`, { mode: 0o600, ...(this.#step && { step: this.#step }) })
    }
    const written = this.#writing.then(write)
    this.#writing = written.catch(() => {})
    return written
  }

  #read(text: string): void {
    const { floor, commands } = JSON.parse(text)
    if (!Number.isSafeInteger(floor) || !Array.isArray(commands)) throw new Error('no list of commands')
    this.#floor = floor
    for (const command of commands.slice(-MOST_REMEMBERED)) {
      const { id, digest, notBefore, expiresAt, result } = command
      const whole = [id, digest].every((value) => typeof value === 'string')
      if (!whole || ![notBefore, expiresAt].every(Number.isSafeInteger))
        throw new Error('a command is damaged')
      this.#commands.set(id, {
        ...{ id, digest, notBefore, expiresAt },
        ...(typeof result === 'string' && { result }),
      })
    }
  }
}
