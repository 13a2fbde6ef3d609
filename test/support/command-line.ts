import { execFile } from 'node:child_process'
import { packageFile } from '../../core/package-files.js'

/** The command line as it is shipped, bundled. */
export const MAIN = packageFile('dist/program/main.js')

export interface CommandResult {
  exitCode: number | null
  stdout: string
  stderr: string
}

/** Runs `firsteight` with these arguments to its end. */
export function firsteight(args: string[], env: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      { env: { ...process.env, FIRSTEIGHT_DEBUG: '', ...env }, timeout: 60_000, maxBuffer: 64 << 20 },
      (_error, stdout, stderr) => resolve({ exitCode: child.exitCode, stdout, stderr }),
    )
  })
}

/** What `--json` printed, one object a line. */
export function jsonLines(stdout: string): ReturnType<typeof JSON.parse>[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}
