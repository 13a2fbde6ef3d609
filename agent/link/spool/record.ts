import { crc32 } from 'node:zlib'
import { MAXIMUM_MESSAGE_BYTES } from '../../../core/messages.js'

/**
 * One alert in a spool segment, little-endian:
 *
 * | offset | bytes | what                                                                    |
 * | ------ | ----- | ----------------------------------------------------------------------- |
 * | 0      | 4     | the segment's mark: bytes left over from other files are no record      |
 * | 4      | 4     | length of what follows this head                                        |
 * | 8      | 4     | CRC-32 of what follows, begun with mark XOR length                      |
 * | 12     | 8     | when it was queued, milliseconds since 1970, float64                    |
 * | 20     | 16    | event id, UUID                                                          |
 * | 36     |       | payload: the encoded report as it goes to the broker                    |
 */
export interface SpoolRecord {
  eventId: string
  queuedAtMilliseconds: number
  payload: Uint8Array
}

export const HEAD_BYTES = 12
const FIXED_BYTES = 24
/** Longest record. */
export const MAXIMUM_RECORD_BYTES = HEAD_BYTES + FIXED_BYTES + MAXIMUM_MESSAGE_BYTES

/** @param mark 32 bits */
export function encodeRecord(mark: number, record: SpoolRecord): Buffer {
  const { eventId, queuedAtMilliseconds, payload } = record
  const length = FIXED_BYTES + payload.length
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + length)
  bytes.writeUInt32LE(mark, 0)
  bytes.writeUInt32LE(length, 4)
  bytes.writeDoubleLE(queuedAtMilliseconds, 12)
  bytes.write(eventId.replaceAll('-', ''), 20, 16, 'hex')
  bytes.set(payload, HEAD_BYTES + FIXED_BYTES)
  bytes.writeUInt32LE(checksum(mark, length, bytes.subarray(HEAD_BYTES)), 8)
  return bytes
}

/** Length of the whole record at this offset; undefined when there is no sound one. */
export function soundRecordAt(bytes: Buffer, offset: number, mark: number): number | undefined {
  if (offset + HEAD_BYTES + FIXED_BYTES > bytes.length || bytes.readUInt32LE(offset) !== mark)
    return undefined
  const length = bytes.readUInt32LE(offset + 4)
  const from = offset + HEAD_BYTES
  if (length < FIXED_BYTES || length > FIXED_BYTES + MAXIMUM_MESSAGE_BYTES) return undefined
  if (from + length > bytes.length) return undefined
  const sound = bytes.readUInt32LE(offset + 8) === checksum(mark, length, bytes.subarray(from, from + length))
  return sound ? HEAD_BYTES + length : undefined
}

/** @param bytes one whole sound record, as `soundRecordAt` found it */
export function decodeRecord(bytes: Buffer): SpoolRecord {
  const id = bytes.toString('hex', 20, 36)
  return {
    eventId: id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    queuedAtMilliseconds: queuedAt(bytes, 0),
    payload: bytes.subarray(HEAD_BYTES + FIXED_BYTES),
  }
}

/** When the record at this offset was queued. */
export function queuedAt(bytes: Buffer, offset: number): number {
  return bytes.readDoubleLE(offset + 12)
}

function checksum(mark: number, length: number, body: Buffer): number {
  return crc32(body, (mark ^ length) >>> 0)
}
