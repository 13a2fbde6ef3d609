import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { COMMANDS } from '../../cli/commands/index.js'
import { firsteight } from '../support/command-line.js'
import { brokenLinks, commandUses, shellLines } from '../support/markdown.js'

const readme = readFileSync('README.md', 'utf8')

function markedCommands(file: string): string[] {
  const output = execFileSync(process.execPath, ['.ci/readme-commands.mjs', file], { encoding: 'utf8' })
  return output.split('\n').slice(0, -1)
}

t.test('.ci/run takes its commands from README', async (t) => {
  t.match(readFileSync('.ci/run', 'utf8'), 'node .ci/readme-commands.mjs README.md')
  const commands = markedCommands('README.md')
  t.same(commands.slice(0, 2), ['npm ci && npm start', 'npm ci && npm test'])
  t.ok(commands.length > 2)
  const written = shellLines(readme)
  for (const command of commands) t.ok(written.includes(command), command)
})

t.test('only marked blocks are taken, comments are not', async (t) => {
  const file = join(t.testdir(), 'README.md')
  const fence = '```'
  writeFileSync(
    file,
    `${fence}sh\nrm x\n${fence}\n\n<!-- .ci/run runs this -->\n\n${fence}sh\n# no\none # two\nthree \\\n  four\n${fence}\n`,
  )
  t.same(markedCommands(file), ['one', 'three four'])
})

t.test('every command and option that README shows exists', async (t) => {
  const uses = commandUses(shellLines(readme))
  t.ok(uses.length >= 5)
  for (const { command, options } of uses) {
    t.ok(COMMANDS.has(command), command)
    const { stdout } = await firsteight([command, '--help'])
    const known = new Set(stdout.match(/--?[a-z][a-z-]*/g))
    for (const option of options) t.ok(known.has(option), `${command} ${option}`)
  }
})

t.test('README lists every command, and no other', async (t) => {
  const listed = [...readme.matchAll(/^\| `firsteight ([a-z]+)/gm)].map(([, name]) => name)
  t.same(listed.sort(), [...COMMANDS.keys()].sort())
})

t.test('every decision is listed', async (t) => {
  const list = readFileSync('docs/decisions/README.md', 'utf8')
  for (const file of readdirSync('docs/decisions').filter((name) => name !== 'README.md')) {
    t.match(file, /^\d{4}-[a-z0-9-]+\.md$/)
    t.ok(list.includes(`](${file})`), file)
  }
})

t.test('every link between documents leads to a file', async (t) => {
  const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'deploy/README.md']
  for (const path of readdirSync('docs', { recursive: true, encoding: 'utf8' })) {
    if (path.endsWith('.md')) documents.push(join('docs', path))
  }
  for (const document of documents) t.same(brokenLinks(document, existsSync), [], document)
})

t.test('the reader of documents sees faults', async (t) => {
  const fence = '```'
  const lines = shellLines(
    `${fence}sh\na # b\n${fence}\n   ${fence}sh\n   firsteight score x --json -i y | tail\n   ${fence}\n`,
  )
  t.same(lines, ['a', 'firsteight score x --json -i y | tail'])
  t.same(commandUses(lines), [{ command: 'score', options: ['--json', '-i'] }])
  const file = join(t.testdir({ 'a.md': '[x](b.md#c) [y](https://z) [q](#r) [s](a.md)' }), 'a.md')
  t.same(brokenLinks(file, existsSync), ['b.md'])
})
