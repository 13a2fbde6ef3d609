import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { FirsteightError } from '../../core/errors.js'
import type { Kernel } from '../../core/kernel.js'
import type { StreamRecord } from '../../core/stream-record.js'
import { firstBytes, unreadable } from '../files.js'

/**
 * Calls back with every stream on the kernel's server ports in one capture file (pcap or pcapng, plain or gzip),
 * in the order in which they completed.
 * @param kernel with a model, and set to report every stream; its counts and flows are reset
 * @throws FirsteightError FILE_UNREADABLE, CAPTURE_FILE_FORMAT, CAPTURE_FILE_CORRUPT, CAPTURE_FILE_TRUNCATED
 *   with the byte offset
 */
export async function readStreams(
  kernel: Kernel,
  file: string,
  callback: (record: StreamRecord) => void,
): Promise<void> {
  kernel.reset(0)
  kernel.functions.beginStream()
  const walk = (length: number) => {
    let outcome = kernel.walk(length, Number.POSITIVE_INFINITY)
    kernel.takeRecords(callback)
    while (outcome === 'records-full') {
      outcome = kernel.walk(0, Number.POSITIVE_INFINITY)
      kernel.takeRecords(callback)
    }
    if (outcome === 'fault') {
      const { fault, offset } = kernel.walkFault()
      const code = fault === 'magic-unknown' ? 'CAPTURE_FILE_FORMAT' : 'CAPTURE_FILE_CORRUPT'
      throw captureError(code, file, offset, fault.replaceAll('-', ' '))
    }
  }
  for await (const chunk of openCapture(file)) {
    for (let taken = 0; taken < chunk.length; ) {
      const length = chunk.copy(kernel.inputSpace(), 0, taken)
      walk(length)
      taken += length
    }
  }
  const { inputRest, inputOffset } = kernel.functions
  if (inputOffset() === 0) throw captureError('CAPTURE_FILE_FORMAT', file, 0, 'too short to be a capture')
  if (inputRest() !== 0) {
    throw captureError('CAPTURE_FILE_TRUNCATED', file, inputOffset(), 'it ends inside the record that begins there')
  }
  kernel.endFlowsBefore(Number.POSITIVE_INFINITY, callback)
}

/** The file's bytes, decompressed; read errors come as FirsteightError. */
async function* openCapture(file: string): AsyncGenerator<Buffer> {
  const gzip = (await firstBytes(file, 2)).toString('latin1') === '\x1f\x8b'
  const stream = createReadStream(file)
  try {
    yield* gzip ? pipeline(stream, createGunzip(), () => {}) : stream
  } catch (error) {
    throw unreadable(
      file,
      error,
      'Check the path and the permissions; a damaged gzip file has to be copied again.',
    )
  }
}

function captureError(
  code: 'CAPTURE_FILE_FORMAT' | 'CAPTURE_FILE_CORRUPT' | 'CAPTURE_FILE_TRUNCATED',
  file: string,
  offset: number,
  what: string,
): FirsteightError {
  return new FirsteightError(code, `${file}: at byte ${offset}: ${what}`, {
    hint: 'Give a pcap or pcapng file, plain or gzip, that was closed in an orderly way.',
    details: { file, offset },
  })
}
