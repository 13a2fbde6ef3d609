import { writeFileSync } from 'node:fs'
import { TABLE_COLUMNS } from '../../lab/evaluate/read-table.js'

/** Text of an eight-byte table with these rows, fields separated by blanks. */
export function streamTable(...rows: string[]): string {
  return `${[TABLE_COLUMNS.join('\t'), ...rows.map((row) => row.replaceAll(' ', '\t'))].join('\n')}\n`
}

/** Writes an eight-byte table. */
export function writeStreamTable(file: string, ...rows: string[]): string {
  writeFileSync(file, streamTable(...rows))
  return file
}
