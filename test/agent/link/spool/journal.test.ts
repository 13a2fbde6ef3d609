import { readdirSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { OutboxEntry } from '../../../../agent/link/outbox.js'
import { Journal } from '../../../../agent/link/spool/journal.js'
import { readingRoom } from '../../../../agent/link/spool/segment-format.js'
import { entry, idsOf } from '../outbox-contract.js'

const SEGMENT_BYTES = 1000
const NEVER = Number.NEGATIVE_INFINITY

function journalIn(t: Test, folder = t.testdir()) {
  const complaints: unknown[] = []
  const journal = new Journal(folder, 'review', SEGMENT_BYTES, (error) => complaints.push(error))
  const push = (...entries: OutboxEntry[]) => {
    for (const each of entries) {
      journal.prepare(each.payload.length + 36)
      journal.push(each)
    }
    for (const segment of journal.unsynced) segment.countAsSynced()
  }
  const take = (lane: 'backlog' | 'live' = 'live', notBefore = NEVER) => journal.take(lane, notBefore)
  return { journal, push, take, folder, complaints }
}

const many = (count: number, bytes = 300) => Array.from({ length: count }, () => entry({ bytes }))

t.test('a full segment is followed by the next, and deleted when all of it is done', async (t) => {
  const { journal, push, take, folder } = journalIn(t)
  push(...many(6))
  t.same(readdirSync(folder), [
    'review-0000000001.segment',
    'review-0000000002.segment',
    'review-0000000003.segment',
  ])
  const taken = [take()!, take()!, take()!]
  for (const each of [taken[0]!, taken[2]!]) journal.acknowledge(each)
  t.same(readdirSync(folder).length, 5, 'two files of acknowledgements')
  journal.acknowledge(taken[1]!)
  t.same(
    readdirSync(folder).filter((name) => name.startsWith('review-0000000001')),
    [],
  )
  t.equal(journal.length, 3)
})

t.test('nothing is offered before it is written through', async (t) => {
  const { journal, take } = journalIn(t)
  journal.prepare(100)
  journal.push(entry())
  t.equal(take(), undefined)
  await Promise.all(journal.unsynced.map((segment) => segment.sync()))
  t.ok(take())
})

t.test(
  'the oldest segment is given up whole; what is in flight from it may still be acknowledged',
  async (t) => {
    const { journal, push, take } = journalIn(t)
    const entries = many(6)
    push(...entries)
    const [first, second] = [take()!, take()!]
    t.ok(journal.dropOldest())
    t.same([journal.length, journal.dropped], [6, 0], 'both were in flight')
    t.equal(take()?.eventId, entries[2]!.eventId)
    journal.acknowledge(first)
    journal.putBack(second)
    t.same([journal.length, journal.dropped], [4, 1], 'what cannot wait again is given up')
    journal.dropOldest()
    journal.restart()
    t.same([journal.length, journal.dropped], [2, 3])
    t.equal(take('backlog')?.eventId, entries[4]!.eventId)
    journal.dropOldest()
    t.notOk(journal.dropOldest())
  },
)

t.test('what is too old is given up, at its turn or with its segment', async (t) => {
  const { journal, push, take } = journalIn(t)
  const aged = (queuedAtMilliseconds: number) => entry({ queuedAtMilliseconds, bytes: 300 })
  push(aged(10), aged(30), aged(40), aged(50))
  t.equal(journal.oldestMilliseconds, 10)
  t.match(take('live', 20), { queuedAtMilliseconds: 30 })
  t.same([journal.length, journal.dropped], [3, 1])
  journal.expire(31)
  t.same([journal.length, journal.dropped], [3, 1], 'in flight')
  journal.expire(41)
  t.same([journal.length, journal.dropped], [3, 1], 'the segment holds a younger one')
  journal.expire(51)
  t.same([journal.length, journal.dropped], [1, 3])
})

t.test('recovers what is not done, behind it the new, under numbers not used before', async (t) => {
  const { journal, push, take, folder } = journalIn(t)
  const entries = many(5)
  push(...entries)
  for (let i = 0; i < 3; i++) journal.acknowledge(take()!)
  journal.close()
  const again = journalIn(t, folder)
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.segment')) again.journal.recover(Number(/\d+/.exec(name)![0]), readingRoom())
  }
  t.equal(again.journal.length, 2)
  const added = entry()
  again.push(added)
  t.ok(readdirSync(folder).includes('review-0000000004.segment'))
  t.same(
    idsOf([again.take('backlog')!, again.take('backlog')!, again.take('live')!]),
    idsOf([...entries.slice(3), added]),
  )
  t.equal(again.take('backlog'), undefined)
})

t.test('an orderly end with nothing waiting leaves no file', async (t) => {
  const { journal, push, take, folder } = journalIn(t)
  push(...many(3))
  for (let i = 0; i < 3; i++) journal.acknowledge(take()!)
  journal.close()
  t.same(readdirSync(folder), [])
})
