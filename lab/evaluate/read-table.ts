import type { ContextName } from '../../core/contexts.js'
import { isPrintable } from '../../core/text.js'
import { CLEAN_LABEL, invalid, type Stream, type StreamClass, type StreamFile } from './streams.js'

/** The columns of an eight-byte table, in order. */
export const TABLE_COLUMNS = [
  'transport',
  'direction',
  'first8',
  'length',
  'label',
  'capture',
  'count',
  'position',
] as const

const HEADER = TABLE_COLUMNS.join('\t')

const CONTEXTS: Record<string, ContextName> = {
  'udp c2s': 'udp-query',
  'udp s2c': 'udp-response',
  'tcp c2s': 'tcp-query',
  'tcp s2c': 'tcp-response',
}

/** One field's rule: what is expected of it, and whether a text is that. */
type Rule = readonly [expected: string, holds: (text: string) => boolean]

const name: Rule = [
  '1 to 512 printable characters',
  (text) => text !== '' && text.length <= 512 && isPrintable(text),
]
const RULES: Record<(typeof TABLE_COLUMNS)[number], Rule> = {
  transport: ['udp or tcp', (text) => text === 'udp' || text === 'tcp'],
  direction: ['c2s or s2c', (text) => text === 'c2s' || text === 's2c'],
  first8: ['at most 16 hexadecimal digits, two a byte', (text) => /^([0-9a-f]{2}){0,8}$/i.test(text)],
  length: ['a whole number from 0', isCount],
  label: name,
  capture: name,
  count: ['a whole number from 1', (text) => isCount(text) && Number(text) > 0],
  position: ['first, later, syn:N or mid:N', (text) => /^(first|later|(syn|mid):[0-9]{1,10})$/.test(text)],
}

type TableContent = Pick<StreamFile, 'streams' | 'short' | 'midstream' | 'labels'>

/**
 * Parses an eight-byte table strictly. Rows with fewer than eight bytes are counted as short, TCP rows picked up
 * midstream as such; neither is scored, because the agent would not.
 * @param text untrusted
 * @param file name for messages
 * @throws FirsteightError EVALUATION_INVALID with the line number and what was expected
 */
export function parseTable(text: string, file: string, streamClass: StreamClass): TableContent {
  const lines = text.split('\n')
  if (lines[0] !== HEADER) throw invalid(file, 1, `expected the column names "${TABLE_COLUMNS.join(' ')}"`)
  if (lines.at(-1) !== '')
    throw invalid(file, lines.length, 'expected a line feed at the end: the line is cut off')
  const content: TableContent = { streams: [], short: 0, midstream: 0, labels: new Map() }
  for (let index = 1; index < lines.length - 1; index++) {
    const complain = (what: string) => invalid(file, index + 1, what)
    const fields = lines[index]!.split('\t')
    if (fields.length !== TABLE_COLUMNS.length) {
      throw complain(`expected ${TABLE_COLUMNS.length} fields between tabs, found ${fields.length}`)
    }
    TABLE_COLUMNS.forEach((column, position) => {
      const [expected, holds] = RULES[column]
      if (!holds(fields[position]!)) throw complain(`${column}: expected ${expected}`)
    })
    addRow(content, fields, index + 1, streamClass, complain)
  }
  return content
}

function addRow(
  content: TableContent,
  fields: string[],
  line: number,
  streamClass: StreamClass,
  complain: (what: string) => Error,
): void {
  const [transport, direction, first8, length, label, capture, count, position] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const isTcp = transport === 'tcp'
  if (isTcp !== position.includes(':')) {
    throw complain(`position: expected ${isTcp ? 'syn:N or mid:N with tcp' : 'first or later with udp'}`)
  }
  if (first8.length / 2 > Number(length)) throw complain('length: expected at least the bytes in first8')
  if (streamClass === 'attack' && label.toUpperCase() === CLEAN_LABEL) {
    throw complain(`label: ${label} among attacks contradicts itself`)
  }
  if (!content.labels.has(label)) content.labels.set(label, line)
  if (first8.length < 16) content.short += Number(count)
  else if (position.startsWith('mid')) content.midstream += Number(count)
  else {
    const stream: Stream = {
      context: CONTEXTS[`${transport} ${direction}`]!,
      firstEight: first8.toLowerCase(),
      length: Number(length),
      label,
      capture,
      flow: `${transport} ${capture} ${label}`,
      count: Number(count),
    }
    content.streams.push(stream)
  }
}

function isCount(text: string): boolean {
  return /^[0-9]{1,15}$/.test(text)
}
