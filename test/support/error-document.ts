export interface DocumentedError {
  exit: number
  happened: string
  remedy: string
}

/** The rows of docs/errors.md that describe an error code, by code. */
export function documentedErrors(markdown: string): Map<string, DocumentedError> {
  const errors = new Map<string, DocumentedError>()
  for (const row of rows(markdown)) {
    const code = /^`([A-Z_]+)`$/.exec(row[0] ?? '')?.[1]
    if (code) errors.set(code, { exit: Number(row[1]), happened: row[2] ?? '', remedy: row[3] ?? '' })
  }
  return errors
}

/** The exit codes that have a row of their own in docs/errors.md. */
export function documentedExits(markdown: string): number[] {
  return rows(markdown)
    .map((row) => row[0] ?? '')
    .filter((cell) => /^\d+$/.test(cell))
    .map(Number)
}

function rows(markdown: string): string[][] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}
