import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { FirsteightError, messageOf } from '../core/errors.js'

/** SHA-256 of a file, lower-case hex. @throws FirsteightError FILE_UNREADABLE */
export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk)
  } catch (error) {
    throw unreadable(file, error)
  }
  return hash.digest('hex')
}

/** A file's first bytes, by which its format is told; fewer where it is shorter. @throws FirsteightError FILE_UNREADABLE */
export async function firstBytes(file: string, count: number): Promise<Buffer> {
  try {
    const handle = await open(file)
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(count), 0, count, 0)
      return buffer.subarray(0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw unreadable(file, error)
  }
}

export function unreadable(
  file: string,
  cause: unknown,
  hint = 'Check the path and the permissions.',
): FirsteightError {
  return new FirsteightError('FILE_UNREADABLE', `${file}: ${messageOf(cause)}`, {
    hint,
    details: { file },
    cause,
  })
}
