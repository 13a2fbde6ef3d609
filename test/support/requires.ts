import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Full path of a program on PATH or in the sbin folders, or undefined. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin']
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** True when this process may open raw sockets (it runs as root; namespaces are probed by the tests that need them). */
export function hasCaptureRight(): boolean {
  return process.getuid?.() === 0
}

/**
 * Options for `t.test`: skips with a reason when a program or right is missing here.
 * With FIRSTEIGHT_REQUIRE_ALL=1 nothing is skipped, so that a missing program fails the test instead.
 */
export function requires(needs: { programs?: string[]; captureRight?: boolean }): { skip?: string } {
  if (process.env.FIRSTEIGHT_REQUIRE_ALL === '1') return {}
  const missing = (needs.programs ?? []).filter((program) => !findProgram(program))
  if (needs.captureRight && !hasCaptureRight()) missing.push('the right to capture (root)')
  return missing.length === 0 ? {} : { skip: `needs ${missing.join(', ')}` }
}
