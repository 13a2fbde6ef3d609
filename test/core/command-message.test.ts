import { randomUUID } from 'node:crypto'
import t from 'tap'
import {
  CAPTURE_LIMITS,
  CHUNK_BYTES,
  decodeCommand,
  decodeCommandResult,
  decodeEvidenceChunk,
  encodeCommand,
  encodeCommandResult,
  encodeEvidenceChunk,
} from '../../core/command-message.js'
import { firsteight } from '../../generated/messages.js'
import { sampleHeader } from '../support/sample-messages.js'

const { Command, CommandResult, CommandState, EvidenceChunk, Order } = firsteight.v1
const id = randomUUID()

t.test('commands there and back; each bound is refused by name', async (t) => {
  const capture = { id, order: Order.ORDER_CAPTURE, ...CAPTURE_LIMITS }
  t.match(decodeCommand(encodeCommand(capture)), capture)
  const fetch = { id, order: Order.ORDER_FETCH_EVIDENCE, eventId: id, firstChunk: 4096 }
  t.match(decodeCommand(encodeCommand(fetch)), fetch)
  const refused: [firsteight.v1.Command.$Properties, RegExp][] = [
    [{ ...capture, schemaVersion: 9 }, /schema_version/],
    [{ ...capture, id: 'A'.repeat(36) }, /\bid\b/],
    [{ ...capture, order: 0 }, /order/],
    [{ ...capture, order: 99 as firsteight.v1.Order }, /order/],
    [{ ...capture, seconds: CAPTURE_LIMITS.seconds + 1 }, /seconds/],
    [{ ...capture, packets: 0 }, /packets/],
    [{ ...capture, bytes: CAPTURE_LIMITS.bytes + 1 }, /bytes/],
    [{ ...fetch, eventId: '' }, /event_id/],
    [{ ...fetch, firstChunk: 4097 }, /first_chunk/],
  ]
  for (const [command, message] of refused) {
    const bytes = Command.encode({ schemaVersion: 1, ...command }).finish()
    t.throws(() => decodeCommand(bytes), { code: 'MESSAGE_INVALID', message })
  }
  t.throws(() => decodeCommand(Buffer.from([0xff])), { code: 'MESSAGE_INVALID' })
})

t.test('results there and back; hostile ones are refused by name', async (t) => {
  const evidence = { eventId: id, bytes: 9, sha256: Buffer.alloc(32), chunks: 1, complete: true }
  const result = {
    ...{ header: sampleHeader(), commandId: id, state: CommandState.COMMAND_DONE, code: '', message: 'done' },
    figures: [{ name: 'packets', value: 3 }],
    evidence,
    files: [{ eventId: id, bytes: 9, writtenAtMicroseconds: 5 }],
  }
  t.match(decodeCommandResult(encodeCommandResult(result)), result)
  const refused: [Partial<firsteight.v1.CommandResult.$Properties>, RegExp][] = [
    [{ state: 0 }, /state/],
    [{ message: '\u001b[2J' }, /message/],
    [{ message: 'x'.repeat(1025) }, /message/],
    [{ figures: Array.from({ length: 257 }, () => ({ name: 'a', value: 0 })) }, /figures/],
    [{ figures: [{ name: 'a', value: Number.NaN }] }, /figures.value/],
    [{ evidence: { ...evidence, sha256: Buffer.alloc(31) } }, /evidence.sha256/],
    [{ evidence: { ...evidence, bytes: 2 ** 40 } }, /evidence.bytes/],
    [{ files: [{ eventId: '../x', bytes: 9, writtenAtMicroseconds: 5 }] }, /files.event_id/],
  ]
  for (const [change, message] of refused) {
    const bytes = CommandResult.encode({ ...result, ...change }).finish()
    t.throws(() => decodeCommandResult(bytes), { code: 'MESSAGE_INVALID', message })
    t.throws(() => encodeCommandResult({ ...result, ...change }), { message })
  }
})

t.test('a chunk has exactly the bytes of its place', async (t) => {
  const totalBytes = CHUNK_BYTES + 10
  const chunk = (number: number, data: Uint8Array, change = {}) => ({
    ...{ schemaVersion: 1, eventId: id, number, chunks: 2, totalBytes, data },
    ...change,
  })
  const last = decodeEvidenceChunk(encodeEvidenceChunk(chunk(1, Buffer.alloc(10))))
  t.equal(last.data.length, 10)
  t.ok(decodeEvidenceChunk(encodeEvidenceChunk(chunk(0, Buffer.alloc(CHUNK_BYTES)))))
  const refused: [firsteight.v1.EvidenceChunk.$Properties, RegExp][] = [
    [chunk(0, Buffer.alloc(10)), /data/],
    [chunk(1, Buffer.alloc(11)), /data/],
    [chunk(2, Buffer.alloc(10)), /number/],
    [chunk(0, Buffer.alloc(10), { chunks: 0 }), /chunks/],
    [chunk(0, Buffer.alloc(10), { totalBytes: 3 * CHUNK_BYTES }), /total_bytes/],
    // More chunks than the bytes need: the last ones would have fewer than none.
    [chunk(3, Buffer.alloc(0), { chunks: 4 }), /data/],
    [chunk(0, Buffer.alloc(CHUNK_BYTES), { eventId: 'x' }), /event_id/],
  ]
  for (const [hostile, message] of refused) {
    const bytes = EvidenceChunk.encode(hostile).finish()
    t.throws(() => decodeEvidenceChunk(bytes), { code: 'MESSAGE_INVALID', message })
  }
})
