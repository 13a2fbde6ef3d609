#!/usr/bin/env node
import { Command } from 'commander'
import { VERSION } from '../core/version.js'
import { COMMANDS, registerCommands } from './commands/index.js'
import { allExitCodesText } from './help.js'
import { reportError } from './report.js'
import { Stop } from './stop.js'

const args = process.argv.slice(2)
const stop = new Stop(process, (code) => process.exit(code))

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') stop.outputClosed()
  else fail(error)
})
process.stderr.on('error', () => {})
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)

try {
  const program = createProgram()
  await registerCommands(program, { stopSignal: () => stop.signal() }, args)
  await program.parseAsync(args, { from: 'user' })
  end(0)
} catch (error) {
  fail(error)
}

function createProgram(): Command {
  return new Command('firsteight')
    .description('Checks that what flows on port 53 is DNS, by the first eight bytes of each stream.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .option('--verbose', 'with errors, print where they came from (also FIRSTEIGHT_DEBUG=1)')
    .addHelpText(
      'after',
      `\nExit codes:\n${allExitCodesText()}\n\nHelp on a command: firsteight COMMAND --help`,
    )
    .exitOverride()
    .configureOutput({ outputError: () => {} })
}

function fail(error: unknown): void {
  const stopped = stop.exitCodeOf(error)
  if (stopped !== undefined) {
    end(stopped)
    return
  }
  const options = args.slice(0, args.includes('--') ? args.indexOf('--') : args.length)
  const command = args.find((argument) => COMMANDS.has(argument))
  const json = options.includes('--json')
  const report = reportError(error, {
    json,
    stack: options.includes('--verbose') || Boolean(process.env.FIRSTEIGHT_DEBUG),
    help: command ? `firsteight ${command} --help` : 'firsteight --help',
  })
  const stream = json ? process.stdout : process.stderr
  stream.write(report.text)
  end(report.exitCode)
}

/** Ends the process when all that was written has been taken: a pipe takes 64 KiB, the rest waits for its reader. */
function end(exitCode: number): void {
  process.stderr.write('', () => process.stdout.write('', () => process.exit(exitCode)))
}
