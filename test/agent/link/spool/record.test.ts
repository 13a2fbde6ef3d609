import { randomUUID } from 'node:crypto'
import t from 'tap'
import {
  decodeRecord,
  encodeRecord,
  MAXIMUM_RECORD_BYTES,
  queuedAt,
  soundRecordAt,
} from '../../../../agent/link/spool/record.js'

const MARK = 0x89abcdef

t.test('what was written is read, from no byte to the longest', async (t) => {
  for (const length of [0, 1, 1000, 65_536]) {
    const record = {
      eventId: randomUUID(),
      queuedAtMilliseconds: 1_790_000_000_123,
      payload: Buffer.alloc(length, 9),
    }
    const bytes = encodeRecord(MARK, record)
    t.equal(soundRecordAt(bytes, 0, MARK), bytes.length)
    t.same(decodeRecord(bytes), record)
    t.equal(queuedAt(bytes, 0), record.queuedAtMilliseconds)
    t.ok(bytes.length <= MAXIMUM_RECORD_BYTES)
    t.equal(soundRecordAt(bytes, 0, MARK + 1), undefined, 'a record of another file')
  }
})

t.test('cut or changed at any byte it is no record', async (t) => {
  const record = { eventId: randomUUID(), queuedAtMilliseconds: 1, payload: Buffer.from('payload') }
  const bytes = encodeRecord(MARK, record)
  for (let at = 0; at < bytes.length; at++) {
    if (soundRecordAt(bytes.subarray(0, at), 0, MARK) !== undefined) t.fail(`cut at ${at}`)
    for (const change of [1, 0x80, 0xff]) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= change
      if (soundRecordAt(changed, 0, MARK) !== undefined) t.fail(`changed at ${at}`)
    }
  }
  t.equal(soundRecordAt(Buffer.alloc(100), 0, 0), undefined, 'zeros')
})
