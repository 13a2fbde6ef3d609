import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Lines of the fenced `sh` blocks, indented ones included; comments and blank lines left out. */
export function shellLines(markdown: string): string[] {
  const lines: string[] = []
  for (const [, body] of markdown.matchAll(/^ *```sh\n(.*?)^ *```$/gms)) {
    for (const line of body!.split('\n')) {
      const command = line.replace(/(^|\s)#.*$/, '').trim()
      if (command !== '') lines.push(command)
    }
  }
  return lines
}

export interface CommandUse {
  command: string
  /** As written, such as `--json` and `-i`. */
  options: string[]
}

/** Uses of the command line in shell lines: `firsteight score FILE --json | tail` gives `score` and `--json`. */
export function commandUses(lines: readonly string[]): CommandUse[] {
  return lines.flatMap((line) => {
    const match = /(?:\bfirsteight|dist\/program\/main\.js) ([a-z]+)([^|;&]*)/.exec(line)
    if (!match) return []
    const options = match[2]!.split(/\s+/).filter((word) => /^--?[a-z]/.test(word))
    return [{ command: match[1]!, options }]
  })
}

/** Targets of relative links of a Markdown file that do not lead to a file, with anchors left out. */
export function brokenLinks(path: string, exists: (path: string) => boolean): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    .filter((target) => !exists(join(dirname(path), target)))
}
