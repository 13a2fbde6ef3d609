import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { summarizeCommands, writeManifest } from '../../../lab/record/manifest.js'

t.test('replaces folders, drops the program path, cuts long commands', async (t) => {
  const listed = summarizeCommands(
    [
      ['/usr/sbin/named', '-c', '/tmp/abc/named.conf'],
      ['/usr/bin/dig', 'x'.repeat(500)],
    ],
    { $WORK: '/tmp/abc' },
  )
  t.equal(listed[0], 'named -c $WORK/named.conf')
  t.ok(listed[1]!.length < 260)
  t.match(listed[1], /^dig x+ \.\.\.$/)
})

t.test('counts many commands of one program', async (t) => {
  const commands = Array.from({ length: 40 }, (_, index) => ['/usr/bin/drill', `${index}`])
  const listed = summarizeCommands([...commands, ['/usr/bin/host', 'a']], {})
  t.ok(listed.includes('host a'))
  const drills = listed.filter((line) => line.startsWith('drill'))
  t.equal(listed.at(-1), `and ${40 - drills.length} more of drill`)
})

t.test('writes whole or not at all', async (t) => {
  const folder = t.testdir({})
  const path = await writeManifest(folder, { recorded: '2026-01-01T00:00:00Z', captures: [] })
  t.same(JSON.parse(await readFile(path, 'utf8')), { recorded: '2026-01-01T00:00:00Z', captures: [] })
  await writeFile(join(folder, 'plain'), '')
  await t.rejects(writeManifest(join(folder, 'plain'), { recorded: '', captures: [] }), {
    code: 'FILE_UNWRITABLE',
  })
})
