import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CommandMemory, type DoneCommand, MOST_REMEMBERED } from '../../../agent/commands/command-memory.js'
import { createListLog } from '../../support/link.js'

const command = (number: number, expiresAt = 1e6): DoneCommand => ({
  id: `id-${number}`,
  digest: `digest-${number}`,
  notBefore: number,
  expiresAt,
})
const open = (path: string, now = 0) => {
  const { log, lines } = createListLog()
  return CommandMemory.open(path, now, log).then((memory) => ({ memory, lines }))
}

t.test('what was begun and what came of it outlive the process', async (t) => {
  const path = join(t.testdir(), 'commands.json')
  const { memory } = await open(path)
  await Promise.all([1, 2].map((number) => memory.begin(command(number), 0)))
  await memory.finish('id-1', Buffer.from('result'))
  const { memory: again } = await open(path)
  t.same(again.find('id-1'), { ...command(1), result: Buffer.from('result').toString('base64') })
  t.same(again.find('id-2'), command(2))
  t.equal(again.find('id-3'), undefined)
  t.notOk(again.isForgotten(1))
})

t.test('when full, expired ones go first; then the oldest, and what is as old counts as done', async (t) => {
  const path = join(t.testdir(), 'commands.json')
  const { memory } = await open(path)
  const now = 500
  await memory.begin(command(1, now), 0)
  for (let number = 2; number <= MOST_REMEMBERED; number++) await memory.begin(command(number), 0)
  await memory.begin(command(1000), now)
  t.equal(memory.find('id-1'), undefined)
  t.notOk(memory.isForgotten(1), 'nobody can send an expired one again')
  await memory.begin(command(1001), now)
  t.equal(memory.find('id-2'), undefined)
  t.ok(memory.isForgotten(2))
  t.notOk(memory.isForgotten(3))
  const { memory: again } = await open(path)
  t.ok(again.isForgotten(2))
})

t.test('a damaged file: everything up to now may have been done', async (t) => {
  for (const text of ['', '{', '{"floor":0}', '{"floor":0,"commands":[{"id":1}]}', '[]']) {
    const path = join(t.testdir(), 'commands.json')
    writeFileSync(path, text)
    const { memory, lines } = await open(path, 77)
    t.ok(memory.isForgotten(77), text)
    t.notOk(memory.isForgotten(78))
    t.match(lines.join(''), /commands done before now are forgotten/)
  }
})

t.test('a command that cannot be remembered is not begun', async (t) => {
  const { memory } = await open(join(t.testdir(), 'no-folder', 'commands.json'))
  await t.rejects(memory.begin(command(1), 0), { code: 'FILE_UNWRITABLE' })
  t.equal(memory.find('id-1'), undefined)
})
