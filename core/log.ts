import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
import pretty from 'pino-pretty'
import { FirsteightError } from './errors.js'

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export const LOG_FORMATS = ['text', 'json'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]
export type LogFormat = (typeof LOG_FORMATS)[number]

interface LogMethod {
  (message: string): void
  /** Fields first, message second. Put an error under the name `err`. */
  (fields: object, message: string): void
}

/** What every part of firsteight logs to. */
export interface Log {
  trace: LogMethod
  debug: LogMethod
  info: LogMethod
  warn: LogMethod
  error: LogMethod
  /** A log that adds these fields to each of its lines. */
  child(fields: Record<string, unknown>): Log
  /** The least important entries that are written; may be set at any time. */
  level: string
}

/** Fields whose value never reaches the log, at the top and down to two levels below it. */
const SECRET_FIELDS = [
  'password',
  'passphrase',
  'secret',
  'token',
  'credentials',
  'authorization',
  'privateKey',
  'key',
]

const STANDARD_ERROR = 2

/**
 * A log that writes one line an entry, at once, to standard error.
 * @param options.destination takes the lines instead of standard error
 */
export function createLog(options: {
  format: LogFormat
  level: LogLevel
  destination?: NodeJS.WritableStream
}): Log {
  const { format, level, destination } = options
  const settings = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    redact: {
      paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: '[redacted]',
    },
    serializers: { err: plainError },
    formatters: { level: (label: string) => ({ level: label }) },
  }
  const output = destination ?? pino.destination({ fd: STANDARD_ERROR, sync: true })
  const logger: Logger = pino(
    settings,
    format === 'json' ? output : textStream(output, destination === undefined),
  )
  return logger
}

/** pino-pretty in this process: a worker thread would lose the last lines when the process ends. */
function textStream(output: DestinationStream, toStandardError: boolean): DestinationStream {
  const prettify = pretty.prettyFactory({
    singleLine: true,
    colorize: toStandardError && process.stderr.isTTY === true,
    errorLikeObjectKeys: [],
    messageFormat: (entry, messageKey) => escapeControls(String(entry[messageKey] ?? ''), '\\'),
  })
  return { write: (line) => output.write(prettify(escapeControls(line.trimEnd(), '\\\\'))) }
}

/** Hostile bytes may reach a log: they must not start a new line or drive the terminal. */
function escapeControls(text: string, backslash: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (character) => `${backslash}x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

/** Errors meant for a person carry no stack; unexpected ones do. */
function plainError(error: unknown): unknown {
  if (error instanceof FirsteightError) {
    return { code: error.code, message: error.message, ...(error.hint && { hint: error.hint }) }
  }
  return error instanceof Error ? { message: error.message, stack: error.stack } : error
}
