import { randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { encodeRecord } from '../../../../agent/link/spool/record.js'
import { Segment, State } from '../../../../agent/link/spool/segment.js'
import { readingRoom } from '../../../../agent/link/spool/segment-format.js'

const HEADER_BYTES = 16

/** A segment of these payloads, the records numbered in `done` acknowledged. */
function written(path: string, payloads: string[], done: number[] = []): { ids: string[]; segment: Segment } {
  const segment = Segment.create(path, 1)
  const ids = payloads.map((payload) => {
    const eventId = randomUUID()
    const record = { eventId, queuedAtMilliseconds: 5, payload: Buffer.from(payload) }
    segment.append((mark) => encodeRecord(mark, record), 5)
    return eventId
  })
  for (const index of done) segment.finish(index)
  return { ids, segment }
}

/** Event ids of what still waits. */
function waiting(segment: Segment): (string | undefined)[] {
  const indexes = Array.from({ length: segment.records }, (_, index) => index)
  return indexes
    .filter((index) => segment.stateOf(index) === State.WAITING)
    .map((index) => segment.read(index)?.eventId)
}

const PAYLOADS = ['first', '', 'third of them', 'f8spool1', 'last']

t.test('what was written and not done is found again', async (t) => {
  const path = join(t.testdir(), 'review-1')
  const { ids, segment } = written(path, PAYLOADS, [1, 3])
  t.equal(segment.open, 3)
  t.equal(statSync(`${path}.segment`).mode & 0o777, 0o600)
  segment.rest()
  const { segment: again, damaged } = Segment.recover(path, 1, readingRoom())
  t.same(waiting(again), [ids[0], ids[2], ids[4]])
  t.equal(damaged, 0)
  again.finish(0)
  const third = Segment.recover(path, 1, readingRoom()).segment
  t.same(waiting(third), [ids[2], ids[4]])
  t.equal(third.diskBytes, 8192)
  third.remove()
  t.notOk(existsSync(`${path}.segment`) || existsSync(`${path}.done`))
})

t.test('cut at every byte: all records before the cut, and nothing else', async (t) => {
  const folder = t.testdir()
  const { ids, segment } = written(join(folder, 'a'), PAYLOADS)
  segment.rest()
  const whole = readFileSync(join(folder, 'a.segment'))
  const path = join(folder, 'b')
  const ends = PAYLOADS.map(
    (_, index) =>
      HEADER_BYTES + PAYLOADS.slice(0, index + 1).reduce((sum, { length }) => sum + 36 + length, 0),
  )
  t.equal(ends.at(-1), whole.length)
  for (let length = 0; length <= whole.length; length++) {
    writeFileSync(`${path}.segment`, whole.subarray(0, length))
    const { segment: cut } = Segment.recover(path, 2, readingRoom())
    const expected = ids.filter((_, index) => ends[index]! <= length)
    if (`${waiting(cut)}` !== `${expected}`) t.fail(`cut at ${length}`)
    cut.rest()
  }
})

t.test(
  'changed at every byte: at most the record of that byte is lost, and nothing is made up',
  async (t) => {
    const folder = t.testdir()
    const { ids, segment } = written(join(folder, 'a'), PAYLOADS, [2])
    segment.rest()
    const whole = readFileSync(join(folder, 'a.segment'))
    const path = join(folder, 'b')
    writeFileSync(`${path}.done`, readFileSync(join(folder, 'a.done')))
    const expected = ids.filter((_, index) => index !== 2)
    let losses = 0
    for (let at = 0; at < whole.length; at++) {
      for (const change of [1, 0xff]) {
        const changed = Buffer.from(whole)
        changed[at]! ^= change
        writeFileSync(`${path}.segment`, changed)
        const { segment: damagedSegment, damaged } = Segment.recover(path, 2, readingRoom())
        const found = waiting(damagedSegment)
        if (!found.every((id) => expected.includes(id!))) t.fail(`something made up at ${at}`)
        if (found.length < expected.length - 1) t.fail(`more than one lost at ${at}`)
        if (damaged !== 1) t.fail(`damage at ${at} counted ${damaged} times`)
        losses += expected.length - found.length
        damagedSegment.rest()
      }
    }
    t.ok(losses > 0)
  },
)

t.test('acknowledgements cut or changed at every byte: none is made up', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'a')
  const { ids, segment } = written(path, PAYLOADS, [0, 4])
  segment.rest()
  const whole = readFileSync(`${path}.done`)
  const left = [ids[1], ids[2], ids[3]]
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole)
    changed[at]! ^= 0x10
    for (const bytes of [whole.subarray(0, at), changed]) {
      writeFileSync(`${path}.done`, bytes)
      const { segment: again } = Segment.recover(path, 1, readingRoom())
      const found = waiting(again)
      if (!left.every((id) => found.includes(id))) t.fail(`an acknowledgement made up at ${at}`)
      again.rest()
    }
  }
  writeFileSync(`${path}.done`, whole.subarray(0, 13))
  const torn = Segment.recover(path, 1, readingRoom()).segment
  torn.finish(4)
  t.same(waiting(Segment.recover(path, 1, readingRoom()).segment), left, 'a torn tail is written over')
})

t.test('acknowledgements of another segment with the same name do not count', async (t) => {
  const path = join(t.testdir(), 'a')
  const { segment } = written(path, PAYLOADS, [0, 1])
  const done = readFileSync(`${path}.done`)
  segment.remove()
  const { ids } = written(path, PAYLOADS)
  writeFileSync(`${path}.done`, done)
  t.same(waiting(Segment.recover(path, 1, readingRoom()).segment), ids)
})

t.test('bytes after the last record, and a file that is none, are passed over', async (t) => {
  const path = join(t.testdir(), 'a')
  const { ids, segment } = written(path, PAYLOADS)
  segment.rest()
  appendFileSync(`${path}.segment`, Buffer.alloc(5000, 1))
  const { segment: again, damaged } = Segment.recover(path, 1, readingRoom())
  t.same(waiting(again), ids)
  t.equal(damaged, 1)
  for (const bytes of ['', 'x', 'f8spool1', Buffer.alloc(100_000), Buffer.alloc(3_000_000, 0xff)]) {
    writeFileSync(`${path}.segment`, bytes)
    t.equal(Segment.recover(path, 1, readingRoom()).segment.records, 0)
  }
})

t.test('a record that has changed on the disk since is not read', async (t) => {
  const path = join(t.testdir(), 'a')
  const { ids, segment } = written(path, PAYLOADS)
  const bytes = readFileSync(`${path}.segment`)
  bytes[HEADER_BYTES + 40]! ^= 1
  writeFileSync(`${path}.segment`, bytes)
  t.equal(segment.read(0), undefined)
  t.equal(segment.read(1)?.eventId, ids[1])
})

t.test('what is written counts as on the disk once it is written through', async (t) => {
  const { segment } = written(join(t.testdir(), 'a'), PAYLOADS)
  t.equal(segment.synced, 0)
  const syncing = segment.sync()
  segment.append(
    (mark) => encodeRecord(mark, { eventId: randomUUID(), queuedAtMilliseconds: 1, payload: Buffer.of(1) }),
    1,
  )
  await syncing
  t.equal(segment.synced, PAYLOADS.length, 'not what came meanwhile')
  segment.syncNow()
  t.equal(segment.synced, segment.records)
  const last = segment.sync()
  segment.remove()
  await last
})
