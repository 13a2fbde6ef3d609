import { CONTEXT_NAMES, type ContextName } from '../../core/contexts.js'

/** First line of every census: the format and its version. */
export const CENSUS_FORMAT = '# firsteight census 1'

/** Most patterns of one context, over all programs: what the training kernel can hold. */
export const PATTERN_LIMIT = 65536

/** A capture that a census counts, and how it came to be. */
export interface CensusCapture {
  /** File name, without folders. */
  name: string
  /** SHA-256 of the file, lower-case hex. */
  sha256: string
  /** Whose traffic it is; the `program` of its rows. */
  program: string
  /** Programs that took part, with versions. */
  software: string[]
  /** Commands that made the traffic. */
  commands: string[]
}

/** How often one program sent one masked pattern. */
export interface CensusRow {
  context: ContextName
  program: string
  /** Eight bytes as 16 lower-case hex digits; bits outside the mask are 0. */
  pattern: string
  /** At least 1. */
  count: number
}

/** Counts of masked eight-byte patterns by context and program: what a model learns from, small enough to commit. */
export interface Census {
  captures: CensusCapture[]
  /** Eight bytes a context that has rows; a bit that is 0 carries no pattern and is 0 in every row. */
  masks: Map<ContextName, Uint8Array>
  rows: CensusRow[]
  /** Streams that have no row, where the rows of a program and context are limited; none in a census of clean traffic. */
  cuts?: CensusCut[]
}

/** Streams of one program and context whose patterns were not kept. */
export interface CensusCut {
  context: ContextName
  program: string
  /** At least 1. */
  streams: number
}

/**
 * Canonical text: captures by name, masks and rows by context, then program, then pattern. What several captures have in
 * common (a scenario's commands, a program's version) stands once, after their names. Ends with a line feed.
 */
export function formatCensus(census: Census): string {
  const lines = [CENSUS_FORMAT]
  const captures = [...census.captures].sort((a, b) => compareText(a.name, b.name))
  for (const { name, sha256, program } of captures) lines.push(`# capture\t${name}\t${sha256}\t${program}`)
  lines.push(...sharedLines('# software', captures, ({ software }) => software))
  lines.push(...sharedLines('# command', captures, ({ commands }) => commands))
  for (const context of CONTEXT_NAMES) {
    const mask = census.masks.get(context)
    if (mask) lines.push(`# mask\t${context}\t${Buffer.from(mask).toString('hex')}`)
  }
  for (const { context, program, streams } of [...(census.cuts ?? [])].sort(compareGroups)) {
    lines.push(`# cut\t${context}\t${program}\t${streams}`)
  }
  lines.push('context\tprogram\tpattern\tcount')
  for (const row of [...census.rows].sort(compareRows)) {
    lines.push(`${row.context}\t${row.program}\t${row.pattern}\t${row.count}`)
  }
  return `${lines.join('\n')}\n`
}

/** A line for each text, in the order in which the captures first have it, with the names of all that have it. */
function sharedLines(
  kind: string,
  captures: readonly CensusCapture[],
  textsOf: (capture: CensusCapture) => readonly string[],
): string[] {
  const names = new Map<string, string[]>()
  for (const capture of captures) {
    for (const text of new Set(textsOf(capture).map(oneField))) {
      const known = names.get(text)
      if (known) known.push(capture.name)
      else names.set(text, [capture.name])
    }
  }
  return [...names].map(([text, having]) => [kind, ...having, text].join('\t'))
}

/** The order of rows in a census. */
export function compareRows(a: CensusRow, b: CensusRow): number {
  return compareGroups(a, b) || compareText(a.pattern, b.pattern)
}

type Group = Pick<CensusRow, 'context' | 'program'>

function compareGroups(a: Group, b: Group): number {
  return (
    CONTEXT_NAMES.indexOf(a.context) - CONTEXT_NAMES.indexOf(b.context) || compareText(a.program, b.program)
  )
}

/** By UTF-16 code unit, so that no locale decides the order. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Text that stays within one tab-separated field. */
function oneField(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}
