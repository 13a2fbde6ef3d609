/**
 * Lines of an aligned table: the first column to the left, the others to the right, or as `left` says.
 * @param rows the first is the heading
 * @param left columns beside the first that are aligned to the left
 */
export function textTable(rows: readonly (readonly string[])[], left: readonly number[] = []): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const isLeft = (column: number) => column === 0 || left.includes(column)
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          isLeft(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
