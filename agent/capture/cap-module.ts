import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isMainThread } from 'node:worker_threads'
import { FirsteightError, messageOf } from '../../core/errors.js'

/** The part of the `cap` package that is used here. */
export interface CapHandle {
  /** Called with the captured length of each packet, once it lies in the buffer. */
  listener: (capturedLength: number) => void
  /**
   * Starts capturing into `buffer`. The binding keeps no reference to it: the caller must.
   * @returns the link type's name, or `Unknown linktype N`
   */
  open(device: string, filter: string, ringBytes: number, buffer: Buffer): string
  close(): void
}

/** The package's class. Its binding looks up `emit` when a handle is made, and calls it for each packet. */
type CapClass = new () => Omit<CapHandle, 'listener'> & { emit(event: string, capturedLength: number): void }

/**
 * Every handle ever made. The binding frees a handle's poll watcher, on garbage collection, without telling libuv;
 * after a failed `open` that aborts the process. So none is ever collected (about 300 bytes each).
 */
const neverCollected: CapHandle[] = []

/** What is written in a binding that was compiled with native/bounded-dispatch.h, or with assertions. */
const BOUNDED = 'firsteight bounded dispatch'
const ASSERTING = '__assert_fail'

/** How the installed binding was compiled: what `npm run build:cap` sees to. */
export function inspectCapBinding(): { bounded: boolean; asserting: boolean } {
  const binding = readFileSync(createRequire(import.meta.url).resolve('cap/build/Release/cap.node'))
  return { bounded: binding.includes(BOUNDED), asserting: binding.includes(ASSERTING) }
}

/**
 * Loads the optional package `cap`.
 * @returns what makes a handle; each is opened once only (opened again it would silently capture nothing)
 * @throws FirsteightError CAPTURE_NO_LIBPCAP
 */
export async function loadCap(): Promise<() => CapHandle> {
  if (!isMainThread) throw new FirsteightError('INTERNAL', 'cap aborts the process in a worker thread')
  const packageName: string = 'cap'
  try {
    const { default: module } = (await import(packageName)) as { default: { Cap: CapClass } }
    /** Calls its listener directly: an event would cost an array for every packet. */
    class Handle extends module.Cap implements CapHandle {
      listener = (_capturedLength: number): void => {}

      override emit(_event: string, capturedLength: number): void {
        this.listener(capturedLength)
      }
    }
    return () => {
      const handle = new Handle()
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
