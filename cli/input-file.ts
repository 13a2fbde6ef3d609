import { readFile } from 'node:fs/promises'
import { FirsteightError, messageOf } from '../core/errors.js'

/**
 * The bytes of a file that a command was given.
 * @throws FirsteightError FILE_UNREADABLE
 */
export async function readInputFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new FirsteightError('FILE_UNREADABLE', `${path}: ${messageOf(error)}`, {
      hint: 'Check the path and the permissions of the file.',
      details: { file: path },
      cause: error,
    })
  }
}
