import type { Writable } from 'node:stream'

/** Where a command's results go. Stdout carries results only; progress and logs go to stderr. */
export interface Output {
  readonly json: boolean
  /** One result: `object` as one JSON line, or `humanText` as it is. An empty text prints nothing. */
  line(object: Record<string, unknown>, humanText: string): void
  /** The last result: `{"summary": object}`, or `humanText`. */
  summary(object: Record<string, unknown>, humanText: string): void
}

/**
 * Results as JSON lines (one object a line, a `{"summary": ...}` object last) or as text for people.
 * In JSON, bigints become strings and byte arrays hex.
 * @param options.stream default: stdout
 */
export function createOutput(options: { json?: boolean | undefined; stream?: Writable }): Output {
  const stream = options.stream ?? process.stdout
  const json = options.json === true
  const print = (object: Record<string, unknown>, humanText: string) => {
    if (json) stream.write(`${JSON.stringify(object, jsonValue)}\n`)
    else if (humanText !== '') stream.write(humanText.endsWith('\n') ? humanText : `${humanText}\n`)
  }
  return {
    json,
    line: print,
    summary: (object, humanText) => print({ summary: object }, humanText),
  }
}

// A Buffer's own toJSON runs before a replacer sees the value, hence the look at its holder.
function jsonValue(this: unknown, key: string, value: unknown): unknown {
  const raw = (this as Record<string, unknown>)[key]
  if (raw instanceof Uint8Array) return Buffer.from(raw).toString('hex')
  return typeof value === 'bigint' ? value.toString() : value
}
