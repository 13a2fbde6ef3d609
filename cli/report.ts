import { CommanderError } from 'commander'
import { FirsteightError, messageOf } from '../core/errors.js'

/** What the user sees of an error, and the exit code. */
export interface ErrorReport {
  exitCode: number
  /** For stderr, or for stdout when JSON was asked for; empty when there is nothing to say. */
  text: string
}

/**
 * @param thrown anything a command threw
 * @param options.json as one JSON object instead of text
 * @param options.stack with the stack traces, for debugging
 * @param options.help command line that shows the help, named in hints of usage errors
 */
export function reportError(
  thrown: unknown,
  options: { json: boolean; stack: boolean; help: string },
): ErrorReport {
  // Help and version also arrive as exceptions, already printed.
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return { exitCode: 0, text: '' }
  const error = asFirsteightError(thrown, options.help)
  const stack = options.stack && thrown instanceof Error ? stackOf(thrown) : undefined
  if (options.json) {
    const { code, message, hint, details } = error
    const object = { error: { code, message, hint, details, exitCode: error.exitCode, stack } }
    return { exitCode: error.exitCode, text: `${JSON.stringify(object)}\n` }
  }
  const lines = [`error [${error.code}]: ${error.message}`]
  if (error.hint) lines.push(`hint: ${error.hint}`)
  if (stack) lines.push(stack)
  return { exitCode: error.exitCode, text: `${lines.join('\n')}\n` }
}

function asFirsteightError(thrown: unknown, help: string): FirsteightError {
  if (thrown instanceof FirsteightError) return thrown
  if (thrown instanceof CommanderError) {
    const message =
      thrown.code === 'commander.help' ? 'no command given' : thrown.message.replace(/^error: /, '')
    return new FirsteightError('USAGE', message, { hint: `see ${help}` })
  }
  return new FirsteightError('INTERNAL', messageOf(thrown), {
    hint: 'this is a fault in firsteight: run again with --verbose and report what it prints',
  })
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : ''
  return `${error.stack ?? error.message}${cause}`
}
