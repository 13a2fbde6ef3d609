import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { digestOf, summarizeCommands, writeManifest } from '../../../lab/record/manifest.js'

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

t.test('digests a file as SHA-256', async (t) => {
  const file = join(t.testdir({ file: 'abc' }), 'file')
  // FIPS 180-2, appendix B.1
  t.equal(await digestOf(file), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
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
