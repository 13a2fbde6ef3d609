import type { Table } from '../lab/evaluate/tables.js'

/** An aligned table. */
export function textTable({ heading, rows, left }: Table): string {
  const all = [heading, ...rows]
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  const cell = (text: string, column: number) =>
    left.includes(column) ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)
  return all.map((row) => row.map(cell).join('  ').trimEnd()).join('\n')
}
