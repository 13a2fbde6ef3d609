import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FirsteightError, messageOf, systemCodeOf } from '../../core/errors.js'

/**
 * Makes a pipe; Node.js itself gives a child a socket instead. Through a pipe tcpdump hands over packets for less than
 * half the processor time: small writes share a page, and wake nobody while there is something to read.
 * @param start starts the writer, which inherits this file descriptor; it is closed here afterwards
 * @returns what `start` returned, and the file descriptor to read from, which does not block and is the caller's to close
 * @throws FirsteightError CAPTURE_ENDED when a pipe cannot be made here
 */
export function openPipe<T>(start: (write: number) => T): { started: T; read: number } {
  let folder: string | undefined
  try {
    folder = mkdtempSync(join(tmpdir(), 'firsteight-'))
    // Named like what goes through it: under AppArmor tcpdump may write to names in .pcap only, which exec checks.
    const path = join(folder, 'capture.pcap')
    execFileSync('mkfifo', ['-m', '600', path], { stdio: 'pipe' })
    const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const write = openSync(path, constants.O_WRONLY)
    try {
      return { started: start(write), read }
    } finally {
      closeSync(write)
    }
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause
    throw new FirsteightError('CAPTURE_ENDED', `cannot make a pipe to capture through: ${messageOf(cause)}`, {
      hint: 'It is made by mkfifo in the folder for temporary files: set TMPDIR to one that this user may write.',
      cause,
    })
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}
