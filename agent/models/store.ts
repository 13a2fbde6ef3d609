import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FirsteightError, messageOf, systemCodeOf } from '../../core/errors.js'
import type { Log } from '../../core/log.js'
import { decodeModelFile, MODEL_FILE_LIMIT, type ModelFile, readModelFile } from '../../core/model-file.js'
import { checkDescribed, type ModelDescription, sha256 } from '../../core/model-manifest.js'
import { removePartialFiles, type WriteStep, writeFileWhole } from '../../core/write-file.js'
import { FRESH_STATE, formatState, type ModelState, parseState, type Slot } from './state.js'

const STATE_FILE = 'state.json'
/** Four envelopes of the greatest length in base64, and the rest. */
const STATE_LIMIT = 1 << 20

/** Hears of each step of what is written or deleted, such as `chunk 2 renamed`; tests end the process there. */
export type StoreStep = (step: string) => void | Promise<void>

/**
 * The models of one agent on disk, in a folder of their own: `state.json` names the active, the previous and the
 * candidate model, each a file `ID.model`; chunks of one that is being fetched are `ID.N.chunk`. One atomic write of
 * the state is what changes models; a file that it does not name is left over and deleted. So at most three models and
 * the chunks of a fourth are on disk, 1 MiB each.
 */
export class ModelStore {
  readonly #folder: string
  readonly #step: StoreStep | undefined
  #state: ModelState = FRESH_STATE

  /**
   * @returns the store, and what was wrong with its state, which then begins anew
   * @throws FirsteightError FILE_UNWRITABLE
   */
  static async open(
    folder: string,
    options: { log: Log; step?: StoreStep | undefined },
  ): Promise<{ store: ModelStore; problem: FirsteightError | undefined }> {
    const store = new ModelStore(folder, options.step)
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await removePartialFiles(folder)
    } catch (error) {
      throw new FirsteightError('FILE_UNWRITABLE', `models in ${folder}: ${messageOf(error)}`, {
        hint: 'Check the permissions of the state folder.',
        details: { file: folder },
        cause: error,
      })
    }
    const problem = await store.#readState()
    await store.#removeLeftovers()
    return { store, problem }
  }

  private constructor(folder: string, step: StoreStep | undefined) {
    this.#folder = folder
    this.#step = step
  }

  get state(): ModelState {
    return this.#state
  }

  /**
   * Changes the state, on disk first.
   * @param what names the change for the steps
   * @throws FirsteightError FILE_UNWRITABLE; then nothing has changed
   */
  async change(change: Partial<ModelState>, what: string): Promise<void> {
    const state = { ...this.#state, ...change }
    await this.#write(STATE_FILE, formatState(state), what)
    this.#state = state
    await this.#removeLeftovers()
  }

  /**
   * A model on disk, its digest checked.
   * @throws FirsteightError MODEL_UNVERIFIED when the file is not the model of that id any more; MODEL_*, FILE_UNREADABLE
   */
  async readModel(id: string): Promise<ModelFile> {
    const path = this.#path(modelName(id))
    const file = await readModelFile(path)
    if (file.id === id) return file
    throw new FirsteightError('MODEL_UNVERIFIED', `${path}: its SHA-256 is ${file.id}, not its name`, {
      hint: 'It was changed on disk. Publish the model again; find out who changed it.',
      details: { file: path },
    })
  }

  /** Numbers of the chunks that need not be fetched again. */
  async chunksHeld({ id, chunkDigests }: ModelDescription): Promise<Set<number>> {
    const held = new Set<number>()
    for (const [number, digest] of chunkDigests.entries()) {
      const bytes = await this.#readChunk(id, number)
      if (bytes !== undefined && sha256(bytes) === digest) held.add(number)
    }
    return held
  }

  /** @param bytes whose digest is the manifest's */
  putChunk(id: string, number: number, bytes: Uint8Array): Promise<void> {
    return this.#write(chunkName(id, number), bytes, `chunk ${number}`)
  }

  /**
   * Joins the chunks to a model file beside the others; it stays only if the state comes to name it.
   * @throws FirsteightError MODEL_MISMATCH when they are not the model of the manifest; MODEL_CORRUPT,
   *   MODEL_UNSUPPORTED, MODEL_INVALID; FILE_UNWRITABLE
   */
  async joinChunks(description: ModelDescription): Promise<ModelFile> {
    const { id, name, chunkDigests } = description
    const chunks: Uint8Array[] = []
    for (const number of chunkDigests.keys()) {
      const bytes = await this.#readChunk(id, number)
      if (bytes !== undefined) chunks.push(bytes)
    }
    const bytes = Buffer.concat(chunks)
    if (sha256(bytes) !== id) {
      throw new FirsteightError('MODEL_MISMATCH', `the chunks make another file than model ${id}`, {
        hint: 'Sign a manifest of this very model file.',
        details: { found: sha256(bytes), size: bytes.length },
      })
    }
    const file = decodeModelFile(bytes, `model ${name}`)
    checkDescribed(file, description)
    await this.#write(modelName(id), bytes, 'model')
    return file
  }

  async #readChunk(id: string, number: number): Promise<Uint8Array | undefined> {
    try {
      const bytes = await readFile(this.#path(chunkName(id, number)))
      return bytes.length > MODEL_FILE_LIMIT ? undefined : bytes
    } catch {
      // Not there or not readable: it will be fetched.
      return undefined
    }
  }

  async #readState(): Promise<FirsteightError | undefined> {
    const path = this.#path(STATE_FILE)
    try {
      const text = await readFile(path, 'utf8')
      if (text.length > STATE_LIMIT) throw new Error(`longer than ${STATE_LIMIT} characters`)
      this.#state = parseState(text)
      return undefined
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return undefined
      return new FirsteightError('MODEL_UNVERIFIED', `${path}: ${messageOf(error)}; it begins anew`, {
        hint: 'Publish the model again.',
        details: { file: path },
        cause: error,
      })
    }
  }

  async #removeLeftovers(): Promise<void> {
    const { active, previous, candidate, rollout } = this.#state
    const kept = new Set([active, previous, candidate].filter(isStored).map(({ id }) => modelName(id)))
    const fetching = rollout?.report.activity === 'fetching' ? `${rollout.report.modelId}.` : undefined
    for (const name of await readdir(this.#folder)) {
      const isLeftover = name.endsWith('.chunk')
        ? fetching === undefined || !name.startsWith(fetching)
        : name.endsWith('.model') && !kept.has(name)
      if (!isLeftover) continue
      await rm(this.#path(name), { force: true })
      await this.#step?.(`removed ${name.endsWith('.chunk') ? 'a chunk' : 'a model'}`)
    }
  }

  #write(name: string, content: string | Uint8Array, what: string): Promise<void> {
    const step: WriteStep = (done) => this.#step?.(`${what} ${done}`)
    return writeFileWhole(this.#path(name), content, { mode: 0o600, step })
  }

  #path(name: string): string {
    return join(this.#folder, name)
  }
}

function isStored(slot: Slot | undefined): slot is Exclude<Slot, 'shipped'> {
  return slot !== undefined && slot !== 'shipped'
}

function modelName(id: string): string {
  return `${id}.model`
}

function chunkName(id: string, number: number): string {
  return `${id}.${number}.chunk`
}
