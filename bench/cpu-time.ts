import { spawn } from 'node:child_process'
import { programEnvironment } from './environment.js'
import type { TimedWork } from './measure.js'

/** bash's `time` prints what the system accounts to the child (getrusage), user and system, in milliseconds. */
const TIMED = 'TIMEFORMAT="%3U %3S"; time "$@" >/dev/null 2>/dev/null'

/**
 * A whole program as work: its CPU seconds, user and system, from its start to its end, by the system's accounting.
 * The same way for every program, ours and others'.
 */
export function programWork(name: string, command: readonly string[], operations: number): TimedWork {
  return { name, operations, seconds: () => cpuSeconds(command) }
}

/** @throws Error when the program cannot be run or fails */
export async function cpuSeconds(command: readonly string[]): Promise<number> {
  const { stderr } = await run(['bash', '-c', TIMED, 'bash', ...command])
  const times = /^(\d+\.\d+) (\d+\.\d+)$/m.exec(stderr)
  if (times === null) throw new Error(`bash timed ${command[0]} as: ${stderr}`)
  return Number(times[1]) + Number(times[2])
}

/**
 * Runs a program to its end.
 * @throws Error when it cannot be run or ends with another exit code than 0
 */
export function run(command: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const [program = '', ...args] = command
  return new Promise((resolve, reject) => {
    // Numbers are printed as in the C locale.
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: programEnvironment({ LC_ALL: 'C' }),
    })
    const output = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output)
      else reject(new Error(`${command.join(' ')} ended with ${signal ?? `exit code ${code}`}`))
    })
  })
}
