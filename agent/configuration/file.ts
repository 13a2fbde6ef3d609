import { readFileSync, statSync } from 'node:fs'
import type { Pair } from 'yaml'
import { FirsteightError, messageOf, systemCodeOf } from '../../core/errors.js'
import { tooDeepAt } from './nesting.js'
import type { SettingsSource } from './source.js'
import { yaml } from './yaml.js'

/** Largest configuration file that is read, bytes. */
const MAXIMUM_BYTES = 64 * 1024
const SHOWN_PROBLEMS = 10

/**
 * Settings of a YAML or JSON file. JSON is read as the subset of YAML 1.2 that it is, so the content decides.
 * @throws FirsteightError CONFIG_UNREADABLE when the file cannot be read, CONFIG_INVALID with line and column when it
 *   is not YAML or not a mapping
 */
export function readConfigFile(file: string): SettingsSource {
  const text = readText(file)
  const deep = tooDeepAt(text)
  if (deep !== undefined)
    throw invalid(`${file}: nested too deeply, or too far to the right, at character ${deep}`)
  const { isMap, LineCounter, parseDocument } = yaml()
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const place = (offset: number | undefined): string => {
    const { line, col } = lines.linePos(offset ?? 0)
    return `${file}:${line}:${col}`
  }
  const problems = [...document.errors, ...document.warnings].slice(0, SHOWN_PROBLEMS)
  if (problems.length > 0) {
    throw invalid(problems.map(({ pos, message }) => `${place(pos[0])}: ${message}`).join('\n'))
  }
  if (document.contents !== null && !isMap(document.contents)) {
    throw invalid(`${place(document.contents.range?.[0])}: expected settings as "name: value" lines`)
  }
  let values: Record<string, unknown>
  try {
    values = document.toJS({ maxAliasCount: 0 }) ?? {}
  } catch (error) {
    throw invalid(`${file}: ${messageOf(error)}`)
  }
  return { values, locate: (path) => place(offsetOf(document.contents, path)) }
}

function readText(file: string): string {
  try {
    const status = statSync(file)
    if (!status.isFile()) throw new Error('not a regular file')
    if (status.size > MAXIMUM_BYTES) throw new Error(`larger than ${MAXIMUM_BYTES} bytes`)
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    const missing = systemCodeOf(error) === 'ENOENT'
    throw new FirsteightError('CONFIG_UNREADABLE', `Configuration file ${file}: ${messageOf(error)}`, {
      hint: missing ? 'Check the path; docs/firsteight.sample.yaml is a file to start from.' : '',
      details: { file },
      cause: error,
    })
  }
}

function invalid(message: string): FirsteightError {
  return new FirsteightError('CONFIG_INVALID', message, {
    hint: 'docs/firsteight.sample.yaml shows every setting.',
  })
}

/** Where the key or list item at this path stands in the text, as far down as it goes. */
function offsetOf(contents: unknown, path: readonly string[]): number | undefined {
  const { isMap, isNode, isScalar, isSeq } = yaml()
  let node = contents
  let offset: number | undefined
  for (const name of path) {
    if (isSeq(node)) {
      const item = node.items[Number(name)]
      node = item
      offset = (isNode(item) ? item.range?.[0] : undefined) ?? offset
      continue
    }
    if (!isMap(node)) break
    const pair: Pair | undefined = node.items.find((item) => isScalar(item.key) && item.key.value === name)
    if (pair === undefined || !isScalar(pair.key)) break
    offset = pair.key.range?.[0]
    node = pair.value
  }
  return offset
}
