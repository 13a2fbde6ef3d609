import { open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FirsteightError, messageOf } from './errors.js'

/** Hears of each step of a write, after it is done; tests end the process there. */
export type WriteStep = (
  name: 'written' | 'synced' | 'renamed' | 'durable',
  path: string,
) => void | Promise<void>

const PARTIAL = '.partial'

/**
 * Writes a file whole or not at all, even when the process or the machine dies on the way: under a temporary name
 * beside it, to the disk, renamed, and the folder to the disk. An existing file is replaced.
 * @param options.mode rights of a new file; default: what the umask leaves of 0666
 * @throws FirsteightError FILE_UNWRITABLE
 */
export async function writeFileWhole(
  path: string,
  content: string | Uint8Array,
  options: { mode?: number; step?: WriteStep } = {},
): Promise<void> {
  const { mode, step } = options
  const partial = `${path}.${process.pid}${PARTIAL}`
  try {
    const file = await open(partial, 'w', mode)
    try {
      await file.writeFile(content)
      await step?.('written', path)
      await file.sync()
      await step?.('synced', path)
    } finally {
      await file.close()
    }
    await rename(partial, path)
    await step?.('renamed', path)
    await syncFolder(dirname(path))
    await step?.('durable', path)
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {})
    throw new FirsteightError('FILE_UNWRITABLE', `cannot write ${path}: ${messageOf(error)}`, {
      hint: 'Choose a place that can be written to.',
      details: { file: path },
      cause: error,
    })
  }
}

/** Deletes what writes left behind that were cut off by the end of their process. */
export async function removePartialFiles(folder: string): Promise<void> {
  const names = await readdir(folder)
  for (const name of names) {
    if (name.endsWith(PARTIAL)) await rm(join(folder, name), { force: true })
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
