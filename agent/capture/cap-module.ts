import { isMainThread } from 'node:worker_threads'
import { FirsteightError, messageOf } from '../../core/errors.js'

/** The part of the `cap` package that is used here. */
export interface CapHandle {
  /**
   * Starts capturing into `buffer`. The binding keeps no reference to it: the caller must.
   * @returns the link type's name, or `Unknown linktype N`
   */
  open(device: string, filter: string, ringBytes: number, buffer: Buffer): string
  on(event: 'packet', listener: (capturedLength: number, truncated: boolean) => void): void
  close(): void
}

/**
 * Every handle ever made. The binding frees a handle's poll watcher, on garbage collection, without telling libuv;
 * after a failed `open` that aborts the process. So none is ever collected (about 300 bytes each).
 */
const neverCollected: CapHandle[] = []

/**
 * Loads the optional package `cap`.
 * @returns what makes a handle; each is opened once only (opened again it would silently capture nothing)
 * @throws FirsteightError CAPTURE_NO_LIBPCAP
 */
export async function loadCap(): Promise<() => CapHandle> {
  if (!isMainThread) throw new FirsteightError('INTERNAL', 'cap aborts the process in a worker thread')
  const packageName: string = 'cap'
  try {
    const { default: module } = (await import(packageName)) as { default: { Cap: new () => CapHandle } }
    return () => {
      const handle = new module.Cap()
      neverCollected.push(handle)
      return handle
    }
  } catch (cause) {
    const [reason] = messageOf(cause).split('\n')
    throw new FirsteightError('CAPTURE_NO_LIBPCAP', `the package cap could not be loaded: ${reason}`, {
      hint:
        'Install the libpcap headers (Debian: apt-get install libpcap-dev) and build it: npm run build:cap ' +
        '(elsewhere: CXXFLAGS=-DNDEBUG npm rebuild cap). Or capture without it: set capture.kind to stream.',
      cause,
    })
  }
}
