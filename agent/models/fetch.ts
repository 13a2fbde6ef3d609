import { FirsteightError } from '../../core/errors.js'
import { chunkTopic, type ModelDescription, sha256 } from '../../core/model-manifest.js'
import type { Mailbox } from '../link/mailbox.js'
import type { ModelStore } from './store.js'

/** Chunks that are asked for at once. */
const AT_ONCE = 4

export interface FetchDependencies {
  mailbox: Mailbox
  store: ModelStore
  /** So many chunks are on disk now. */
  progress(held: number): void
  /** Something else than the chunk came on its topic. */
  refuse(error: FirsteightError, topic: string): void
}

/**
 * Brings the chunks of a model to disk. Those that are there already are not asked for; a wrong one is refused, and the
 * right one waited for.
 * @throws FirsteightError FILE_UNWRITABLE; the reason of `signal` when it aborts
 */
export async function fetchChunks(
  description: ModelDescription,
  signal: AbortSignal,
  dependencies: FetchDependencies,
): Promise<void> {
  const held = await dependencies.store.chunksHeld(description)
  dependencies.progress(held.size)
  const missing = [...description.chunkDigests.keys()].filter((number) => !held.has(number))
  const failed = new AbortController()
  const until = AbortSignal.any([signal, failed.signal])
  const work = async () => {
    for (let number = missing.shift(); number !== undefined; number = missing.shift()) {
      until.throwIfAborted()
      await fetchChunk(description, number, until, dependencies)
      held.add(number)
      dependencies.progress(held.size)
    }
  }
  const workers = Array.from({ length: AT_ONCE }, () =>
    work().catch((error) => {
      failed.abort(error)
      throw error
    }),
  )
  // All of them, so that nothing is written any more when this has failed.
  await Promise.allSettled(workers)
  await Promise.all(workers)
}

function fetchChunk(
  { id, chunkDigests }: ModelDescription,
  number: number,
  signal: AbortSignal,
  { mailbox, store, refuse }: FetchDependencies,
): Promise<void> {
  const topic = chunkTopic(id, number)
  return new Promise<void>((resolve, reject) => {
    let taken = false
    const end = () => {
      mailbox.unsubscribe(topic)
      signal.removeEventListener('abort', abort)
    }
    const abort = () => {
      if (taken) return
      end()
      reject(signal.reason)
    }
    signal.addEventListener('abort', abort)
    mailbox.subscribe(topic, ({ payload }) => {
      // Deleted chunks are told of with nothing in them.
      if (taken || payload.length === 0) return
      if (sha256(payload) !== chunkDigests[number]) {
        refuse(chunkInvalid(number, payload.length), topic)
        return
      }
      taken = true
      end()
      store.putChunk(id, number, payload).then(resolve, reject)
    })
  })
}

function chunkInvalid(number: number, length: number): FirsteightError {
  return new FirsteightError(
    'MODEL_CHUNK_INVALID',
    `chunk ${number} of ${length} bytes does not have the digest that the manifest names`,
    { hint: 'Publish the model again; check who else may write this topic.' },
  )
}
