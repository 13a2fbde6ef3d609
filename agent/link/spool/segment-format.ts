import { closeSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { soundRecordAt } from './record.js'

/**
 * A file of records that is written once and then only read, and beside it a file of acknowledgements: records are
 * never rewritten, and the whole segment is deleted when all of them are done.
 *
 * NAME.segment: "f8spool1", the mark (32 bits, random) and its complement, then records (record.ts).
 * NAME.done: 8 bytes a record that is done: its offset, and the CRC-32 of that begun with the mark.
 * Little-endian.
 */

export const SEGMENT_SUFFIX = '.segment'
export const DONE_SUFFIX = '.done'

export const HEADER_BYTES = 16
export const DONE_BYTES = 8
/** Most records in one segment: bounds what is kept of them in memory. */
export const MAXIMUM_RECORDS = 4096
/** No segment is longer: a larger file is read this far. */
const MAXIMUM_SEGMENT_BYTES = 2 * 1024 * 1024
const MAGIC = Buffer.from('f8spool1', 'latin1')

/** @param mark 32 bits */
export function headerOf(mark: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header)
  header.writeUInt32LE(mark, 8)
  header.writeUInt32LE(~mark >>> 0, 12)
  return header
}

/** The acknowledgement of the record at this offset. */
export function doneEntry(offset: number, mark: number): Buffer {
  const entry = Buffer.alloc(DONE_BYTES)
  entry.writeUInt32LE(offset, 0)
  entry.writeUInt32LE(crc32(entry.subarray(0, 4), mark), 4)
  return entry
}

/** From the header; where that is damaged, from the first record. */
export function markOf(bytes: Buffer): number | undefined {
  if (bytes.length >= HEADER_BYTES) {
    const mark = bytes.readUInt32LE(8)
    if (headerOf(mark).equals(bytes.subarray(0, HEADER_BYTES))) return mark
  }
  if (bytes.length < HEADER_BYTES + 4) return undefined
  const mark = bytes.readUInt32LE(HEADER_BYTES)
  return soundRecordAt(bytes, HEADER_BYTES, mark) === undefined ? undefined : mark
}

/** Where the sound records begin, and how many places hold bytes that are no record. */
export function soundRecords(bytes: Buffer, mark: number): { offsets: number[]; damaged: number } {
  const markBytes = Buffer.alloc(4)
  markBytes.writeUInt32LE(mark)
  const offsets: number[] = []
  let damaged = headerOf(mark).equals(bytes.subarray(0, HEADER_BYTES)) ? 0 : 1
  let at = HEADER_BYTES
  let inDamage = false
  while (at >= 0 && at < bytes.length && offsets.length < MAXIMUM_RECORDS) {
    const length = soundRecordAt(bytes, at, mark)
    if (length === undefined) {
      if (!inDamage) damaged++
      at = bytes.indexOf(markBytes, at + 1)
    } else {
      offsets.push(at)
      at += length
    }
    inDamage = length === undefined
  }
  return { offsets, damaged }
}

/** Room to read a segment's file into: one for all files, because a start reads every one. */
export function readingRoom(): Buffer {
  return Buffer.allocUnsafeSlow(MAXIMUM_SEGMENT_BYTES)
}

/**
 * The file's bytes, as far as a segment reaches.
 * @param room of `readingRoom`, which is overwritten
 * @throws the system's error
 */
export function readSegmentFile(path: string, room: Buffer): Buffer {
  const file = openSync(path, 'r')
  try {
    let length = 0
    while (length < room.length) {
      const count = readSync(file, room, length, room.length - length, length)
      if (count === 0) break
      length += count
    }
    return room.subarray(0, length)
  } finally {
    closeSync(file)
  }
}
