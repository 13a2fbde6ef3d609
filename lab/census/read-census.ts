import { CONTEXT_NAMES, type ContextName } from '../../core/contexts.js'
import { FirsteightError } from '../../core/errors.js'
import { isPrintable } from '../../core/text.js'
import { CENSUS_FORMAT, type Census, type CensusCapture, compareRows, PATTERN_LIMIT } from './census.js'

const COLUMNS = 'context\tprogram\tpattern\tcount'

/** A census longer than this is refused: PATTERN_LIMIT rows a context take about 15 MiB. */
export const CENSUS_SIZE_LIMIT = 1 << 26

/**
 * Parses a census strictly.
 * @param text untrusted
 * @param file name for messages
 * @throws FirsteightError CENSUS_INVALID with the line number and what was expected
 */
export function parseCensus(text: string, file: string): Census {
  const lines = text.split('\n')
  const complain = (index: number, expected: string): never => {
    throw new FirsteightError('CENSUS_INVALID', `${file}: line ${index + 1}: expected ${expected}`, {
      hint: 'Make the census again with `firsteight lab census`.',
      details: { file, line: index + 1 },
    })
  }
  if (lines[0] !== CENSUS_FORMAT) complain(0, `"${CENSUS_FORMAT}"`)
  if (lines.at(-1) !== '') complain(lines.length - 1, 'a line feed at the end')
  const end = lines.length - 1

  const census: Census = { captures: [], masks: new Map(), rows: [] }
  let index = 1
  for (; index < end && lines[index]!.startsWith('#'); index++) {
    parseHeader(lines[index]!, census, (expected) => complain(index, expected))
  }
  if (lines[index] !== COLUMNS) complain(index, `the column names "${COLUMNS.replaceAll('\t', ' ')}"`)
  const programs = new Set(census.captures.map((capture) => capture.program))
  const patterns = new Map<ContextName, number>()
  for (index++; index < end; index++) {
    const row = parseRow(lines[index]!, census, programs, (expected) => complain(index, expected))
    const previous = census.rows.at(-1)
    if (previous && compareRows(previous, row) >= 0) {
      complain(index, 'rows in order of context, program and pattern, each once')
    }
    const seen = (patterns.get(row.context) ?? 0) + 1
    if (seen > PATTERN_LIMIT) complain(index, `at most ${PATTERN_LIMIT} rows a context`)
    patterns.set(row.context, seen)
    census.rows.push(row)
  }
  return census
}

type Complain = (expected: string) => never

function parseHeader(line: string, census: Census, complain: Complain): void {
  const [kind, ...fields] = line.split('\t')
  if (!fields.every((field) => field !== '' && isPrintable(field))) complain('printable fields between tabs')
  const [first = '', second = '', third = ''] = fields
  if (kind === '# capture' && fields.length === 3) {
    if (!/^[0-9a-f]{64}$/.test(second)) complain('a SHA-256 of 64 lower-case hexadecimal digits')
    if (census.captures.some((capture) => capture.name === first)) complain('each capture once')
    census.captures.push({ name: first, sha256: second, program: third, software: [], commands: [] })
  } else if ((kind === '# software' || kind === '# command') && fields.length >= 2) {
    const text = fields.at(-1)!
    for (const name of fields.slice(0, -1)) {
      const capture: CensusCapture =
        census.captures.find((entry) => entry.name === name) ?? complain('captures named before')
      capture[kind === '# software' ? 'software' : 'commands'].push(text)
    }
  } else if (kind === '# mask' && fields.length === 2) {
    const context = CONTEXT_NAMES.find((name) => name === first) ?? complain(`one of ${CONTEXT_NAMES.join(', ')}`)
    if (!/^[0-9a-f]{16}$/.test(second)) complain('a mask of 16 lower-case hexadecimal digits')
    if (census.masks.has(context)) complain('the mask of each context once')
    census.masks.set(context, Uint8Array.from(Buffer.from(second, 'hex')))
  } else if (kind === '# cut' && fields.length === 3) {
    const context = CONTEXT_NAMES.find((name) => name === first) ?? complain(`one of ${CONTEXT_NAMES.join(', ')}`)
    if (!census.captures.some((capture) => capture.program === second)) complain('the program of a capture named before')
    census.cuts = [...(census.cuts ?? []), { context, program: second, streams: parseCount(third, complain) }]
  } else {
    complain('# capture (name, SHA-256, program), # software, # command, # mask or # cut, then the column names')
  }
}

function parseCount(digits: string, complain: Complain): number {
  const count = Number(digits)
  if (!/^[1-9][0-9]{0,15}$/.test(digits) || !Number.isSafeInteger(count)) complain('a count from 1 to 2^53 - 1')
  return count
}

function parseRow(
  line: string,
  census: Census,
  programs: ReadonlySet<string>,
  complain: Complain,
): Census['rows'][number] {
  const fields = line.split('\t')
  if (fields.length !== 4) complain('four fields between tabs')
  const [name, program, pattern, digits] = fields as [string, string, string, string]
  const context = CONTEXT_NAMES.find((candidate) => candidate === name)
  if (!context) return complain(`a context, one of ${CONTEXT_NAMES.join(', ')}`)
  if (!programs.has(program)) complain('the program of a capture named above')
  if (!/^[0-9a-f]{16}$/.test(pattern)) complain('a pattern of 16 lower-case hexadecimal digits')
  const mask = census.masks.get(context) ?? complain(`a mask for ${context} above`)
  const bytes = Buffer.from(pattern, 'hex')
  if (bytes.some((byte, position) => (byte & ~mask[position]!) !== 0)) complain('a pattern within its mask')
  return { context, program, pattern, count: parseCount(digits, complain) }
}
