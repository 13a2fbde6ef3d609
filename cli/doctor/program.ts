import { execFile } from 'node:child_process'

/** Where system programs live that only root has on its path. */
const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/local/sbin`
const TIMEOUT = 10_000

/** What a program printed to standard output; undefined when it is not there or failed. */
export function outputOf(program: string, ...args: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { timeout: TIMEOUT, env: { ...process.env, LC_ALL: 'C', PATH } },
      (error, stdout) => resolve(error === null ? stdout : undefined),
    )
  })
}

/** Full path of a program, or undefined. */
export async function pathOf(program: string): Promise<string | undefined> {
  const found = await outputOf('/bin/sh', '-c', 'command -v "$1"', 'sh', program)
  return found?.trim() || undefined
}
