import { rename, rm, writeFile } from 'node:fs/promises'
import { FirsteightError, messageOf } from './errors.js'

/**
 * Writes a file whole or not at all: under a temporary name beside it, then renamed. An existing file is replaced.
 * @throws FirsteightError FILE_UNWRITABLE
 */
export async function writeFileWhole(path: string, content: string | Uint8Array): Promise<void> {
  const partial = `${path}.${process.pid}.partial`
  try {
    await writeFile(partial, content, { flush: true })
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {})
    throw new FirsteightError('FILE_UNWRITABLE', `cannot write ${path}: ${messageOf(error)}`, {
      hint: 'Choose a place that can be written to.',
      details: { file: path },
      cause: error,
    })
  }
}
