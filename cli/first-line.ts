import { readFile } from 'node:fs/promises'
import { FirsteightError, messageOf } from '../core/errors.js'

/**
 * The first line of a file that holds a password or passphrase.
 * @throws FirsteightError FILE_UNREADABLE, also when the line is empty
 */
export async function readFirstLine(path: string): Promise<string> {
  try {
    const [line = ''] = (await readFile(path, 'utf8')).split(/\r?\n/, 1)
    if (line === '') throw new Error('its first line is empty')
    return line
  } catch (error) {
    throw new FirsteightError('FILE_UNREADABLE', `${path}: ${messageOf(error)}`, {
      hint: 'Check the path and the permissions of the file.',
      details: { file: path },
      cause: error,
    })
  }
}
