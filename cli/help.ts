import type { Command } from 'commander'
import { EXIT } from '../core/errors.js'

type ExitName = keyof typeof EXIT

const EXIT_MEANINGS: Record<ExitName, string> = {
  OK: 'done',
  INTERNAL: 'a fault in firsteight itself',
  USAGE: 'wrong command line',
  CONFIG: 'configuration unreadable or invalid',
  INPUT: 'input file unreadable or malformed, or output not writable',
  MODEL: 'model missing, corrupt or unsupported',
  CAPTURE: 'capture failed: right, interface, filter or libpcap',
  BROKER: 'broker unreachable, refused or wrong',
  CHECK_FAILED: 'a check found something to mend',
  TRUST: 'a key, signature or signed file refused',
}

const ALWAYS: ExitName[] = ['OK', 'INTERNAL', 'USAGE']

/** One line a code, aligned, in the order of the numbers. */
export function exitCodesText(names: readonly ExitName[]): string {
  return (Object.keys(EXIT) as ExitName[])
    .filter((name) => names.includes(name))
    .map((name) => `  ${EXIT[name]}  ${EXIT_MEANINGS[name]}`)
    .join('\n')
}

/**
 * Ends a command's help with examples and the exit codes it can give.
 * @param examples pairs of command line and what it does
 * @param exits exit codes beside OK, INTERNAL and USAGE, which every command has
 */
export function addExamples(
  command: Command,
  examples: readonly (readonly [commandLine: string, does: string])[],
  exits: readonly ExitName[] = [],
): Command {
  const width = Math.max(...examples.map(([commandLine]) => commandLine.length))
  const lines = examples.map(([commandLine, does]) => `  ${commandLine.padEnd(width)}  ${does}`)
  return command.addHelpText(
    'after',
    `\nExamples:\n${lines.join('\n')}\n\nExit codes:\n${exitCodesText([...ALWAYS, ...exits])}`,
  )
}

/** Exit codes of all commands, for the program's own help. */
export function allExitCodesText(): string {
  return exitCodesText(Object.keys(EXIT) as ExitName[])
}
