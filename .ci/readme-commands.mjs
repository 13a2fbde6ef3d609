// Prints the commands of README's marked blocks, one a line, so that what README says is what is run.
// A block is marked by this comment on the line before its fence.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

export const MARK = '<!-- .ci/run runs this -->'

/** @param {string} markdown */
export function markedCommands(markdown) {
  const commands = []
  const block = new RegExp(`^${MARK}\\n+\`\`\`sh\\n(.*?)^\`\`\`$`, 'gms')
  for (const [, body] of markdown.matchAll(block)) {
    // A backslash at a line's end continues the command.
    for (const line of body.replace(/\\\n\s*/g, '').split('\n')) {
      if (line.trim() !== '' && !line.startsWith('#')) commands.push(line.replace(/\s+#\s.*$/, '').trim())
    }
  }
  return commands
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const command of markedCommands(readFileSync(process.argv[2], 'utf8'))) console.log(command)
}
